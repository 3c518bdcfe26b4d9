/** Fills the tables of an index, holding in memory only the blocks that are not full or have records still open. */
import type { FileHandle } from 'node:fs/promises'
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
  /** Records that are still to be filled in. */
  open: number
  full: boolean
}

export class TableWriter {
  count = 0
  /** Place of each block in the file; blocks may be finished out of order. */
  readonly blocks: number[] = []
  readonly #name: TableName
  readonly #done: (table: TableWriter, block: Block) => void
  readonly #held = new Map<number, Block>()

  constructor(name: TableName, done: (table: TableWriter, block: Block) => void) {
    this.#name = name
    this.#done = done
  }

  /** Makes room for one record and returns its index; `fill` must follow. */
  reserve(): number {
    const perBlock = recordsPerBlock(this.#name)
    const index = this.count++
    const block = this.#block(Math.floor(index / perBlock))
    block.open++
    if (index % perBlock === perBlock - 1) block.full = true
    return index
  }

  /** Writes a record that was reserved. */
  fill(index: number, encode: (into: Buffer) => void): void {
    const perBlock = recordsPerBlock(this.#name)
    const size = RECORD_BYTES[this.#name]
    const block = this.#block(Math.floor(index / perBlock))
    const at = (index % perBlock) * size
    encode(block.bytes.subarray(at, at + size))
    block.open--
    this.#settle(block)
  }

  /** For the table of bytes: puts a run of them at its end; returns where it begins. */
  append(bytes: Buffer, from: number, to: number): number {
    const start = this.count
    for (let at = from; at < to; ) {
      const block = this.#block(Math.floor(this.count / PAYLOAD_BYTES))
      const place = this.count % PAYLOAD_BYTES
      const length = Math.min(to - at, PAYLOAD_BYTES - place)
      bytes.copy(block.bytes, place, at, at + length)
      at += length
      this.count += length
      block.full = place + length === PAYLOAD_BYTES
      this.#settle(block)
    }
    return start
  }

  /** Lets the last, partial block go. */
  finish(): void {
    for (const block of this.#held.values()) this.#done(this, block)
    this.#held.clear()
  }

  /** What the footer says of the table. */
  get extent(): { count: number; blocks: readonly number[] } {
    return { count: this.count, blocks: this.blocks }
  }

  seal(block: Block): void {
    block.bytes.writeUInt32LE(blockChecksum(this.#name, block.index, block.bytes), PAYLOAD_BYTES)
  }

  #settle(block: Block): void {
    if (!block.full || block.open > 0) return
    this.#held.delete(block.index)
    this.#done(this, block)
  }

  #block(index: number): Block {
    let block = this.#held.get(index)
    if (block === undefined) {
      block = { index, bytes: Buffer.alloc(BLOCK_BYTES), open: 0, full: false }
      this.#held.set(index, block)
    }
    return block
  }
}

export class IndexWriter {
  readonly tables: Readonly<Record<TableName, TableWriter>>
  readonly #file: FileHandle
  #finished: Buffer[] = []
  #placed = 0
  #written = 0

  constructor(file: FileHandle) {
    this.#file = file
    const done = (table: TableWriter, block: Block) => {
      table.blocks[block.index] = this.#placed++
      table.seal(block)
      this.#finished.push(block.bytes)
    }
    this.tables = {
      nodes: new TableWriter('nodes', done),
      hunks: new TableWriter('hunks', done),
      checkpoints: new TableWriter('checkpoints', done),
      texts: new TableWriter('texts', done),
    }
  }

  /** Writes the blocks that are finished. */
  async flush(): Promise<void> {
    if (this.#finished.length === 0) return
    const blocks = Buffer.concat(this.#finished)
    this.#finished = []
    await this.#write(blocks)
  }

  /** Writes what is left, and the footer; afterwards the file is whole. */
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
    await this.#write(encodeFooter({ ...footer, tables }, this.#written))
  }

  async #write(bytes: Buffer): Promise<void> {
    await this.#file.writeFile(bytes)
    this.#written += bytes.length
  }
}
