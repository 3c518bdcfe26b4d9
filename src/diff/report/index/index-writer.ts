/**
 * Writes the tables of an index. Keeps only blocks in memory that are not full or have records to be filled
 * in.
 */
import {
  BLOCK_BYTES,
  blockChecksum,
  encodeFooter,
  type Footer,
  PAYLOAD_BYTES,
  RECORD_BYTES,
  recordsPerBlock,
  type TableName,
} from './index-format.ts'

interface Block {
  readonly index: number
  readonly bytes: Buffer
  /** Records that are reserved but not filled in yet. */
  open: number
  isFull: boolean
}

export class TableWriter {
  count = 0
  /** The number in the file of each block of the table. Blocks may be finished out of order. */
  readonly blocks: number[] = []
  readonly #name: TableName
  readonly #onFinished: (table: TableWriter, block: Block) => void
  readonly #held = new Map<number, Block>()

  constructor(name: TableName, onFinished: (table: TableWriter, block: Block) => void) {
    this.#name = name
    this.#onFinished = onFinished
  }

  /** Reserves a record and returns its index. Call `fill` for it later. */
  reserve(): number {
    const perBlock = recordsPerBlock(this.#name)
    const index = this.count++
    const block = this.#block(Math.floor(index / perBlock))
    block.open++
    if (index % perBlock === perBlock - 1) block.isFull = true
    return index
  }

  /** Writes a reserved record. */
  fill(index: number, encode: (into: Buffer) => void): void {
    const perBlock = recordsPerBlock(this.#name)
    const size = RECORD_BYTES[this.#name]
    const block = this.#block(Math.floor(index / perBlock))
    const start = (index % perBlock) * size
    encode(block.bytes.subarray(start, start + size))
    block.open--
    this.#settle(block)
  }

  /** Appends `bytes[from, to)` to the table `texts` and returns their offset in it. */
  append(bytes: Buffer, from: number, to: number): number {
    const start = this.count
    for (let at = from; at < to; ) {
      const block = this.#block(Math.floor(this.count / PAYLOAD_BYTES))
      const used = this.count % PAYLOAD_BYTES
      const length = Math.min(to - at, PAYLOAD_BYTES - used)
      bytes.copy(block.bytes, used, at, at + length)
      at += length
      this.count += length
      block.isFull = used + length === PAYLOAD_BYTES
      this.#settle(block)
    }
    return start
  }

  /** Finishes the last block, which may not be full. */
  finish(): void {
    for (const block of this.#held.values()) this.#onFinished(this, block)
    this.#held.clear()
  }

  /** The table's part of the footer. */
  get extent(): { count: number; blocks: readonly number[] } {
    return { count: this.count, blocks: this.blocks }
  }

  seal(block: Block): void {
    block.bytes.writeUInt32LE(blockChecksum(this.#name, block.index, block.bytes), PAYLOAD_BYTES)
  }

  #settle(block: Block): void {
    if (!block.isFull || block.open > 0) return
    this.#held.delete(block.index)
    this.#onFinished(this, block)
  }

  #block(index: number): Block {
    let block = this.#held.get(index)
    if (block === undefined) {
      block = { index, bytes: Buffer.alloc(BLOCK_BYTES), open: 0, isFull: false }
      this.#held.set(index, block)
    }
    return block
  }
}

/** Gets the bytes of an index, from the first to the last. */
export interface IndexSink {
  writeFile(bytes: Buffer): Promise<void>
}

export class IndexWriter {
  readonly tables: Readonly<Record<TableName, TableWriter>>
  readonly #sink: IndexSink
  #finished: Buffer[] = []
  #blockCount = 0
  /** Size of the index so far. */
  writtenBytes = 0

  constructor(sink: IndexSink) {
    this.#sink = sink
    const onFinished = (table: TableWriter, block: Block) => {
      table.blocks[block.index] = this.#blockCount++
      table.seal(block)
      this.#finished.push(block.bytes)
    }
    this.tables = {
      nodes: new TableWriter('nodes', onFinished),
      hunks: new TableWriter('hunks', onFinished),
      checkpoints: new TableWriter('checkpoints', onFinished),
      texts: new TableWriter('texts', onFinished),
    }
  }

  /** Writes the finished blocks. */
  async flush(): Promise<void> {
    if (this.#finished.length === 0) return
    const blocks = Buffer.concat(this.#finished)
    this.#finished = []
    await this.#write(blocks)
  }

  /** Writes the remaining blocks and the footer, which completes the index. */
  async finish(footer: Omit<Footer, 'tables'>): Promise<void> {
    for (const table of Object.values(this.tables)) table.finish()
    await this.flush()
    const { nodes, hunks, checkpoints, texts } = this.tables
    const tables = {
      nodes: nodes.extent,
      hunks: hunks.extent,
      checkpoints: checkpoints.extent,
      texts: texts.extent,
    }
    await this.#write(encodeFooter({ ...footer, tables }, this.writtenBytes))
  }

  async #write(bytes: Buffer): Promise<void> {
    await this.#sink.writeFile(bytes)
    this.writtenBytes += bytes.length
  }
}
