/** Compresses whole frames of zstd (RFC 8878), in libuv's thread pool. */
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { decodeBlock } from './zstd-decoder.ts'

type Compress = (bytes: Buffer, level: number) => Promise<Buffer>

/**
 * `bench/stored.ts` compares levels: 9 makes reports a tenth smaller than 6, and takes less than a hundredth of
 * diffoscope's time.
 */
const STORED_LEVEL = 9
/** For what a client waits for: ten times as fast. */
const SENT_LEVEL = 3

type Callback = (error: Error | null, result: Buffer) => void
/** Node.js has zstd from 22.15 on; the type declarations are those of Node.js 20. */
interface WithZstd {
  readonly zstdCompress?: (bytes: Buffer, options: object, callback: Callback) => void
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
}

async function load(): Promise<Compress> {
  const { zstdCompress, constants } = zlib as unknown as WithZstd
  if (!zstdCompress) {
    const { Encoder } = await import('@toondepauw/node-zstd')
    return (bytes, level) => new Encoder(level).encode(bytes)
  }
  const compress = promisify(zstdCompress)
  return (bytes, level) => compress(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } })
}

let loading: Promise<Compress> | undefined

/** The library is loaded when it is first needed: small reports are stored uncompressed. */
function compressor(): Promise<Compress> {
  loading ??= load()
  return loading
}

/**
 * Loads what compresses and decompresses, so that the first report need not wait for it. A sample goes through both, because WebAssembly is compiled
 * when it is first called: that takes longer than to read a page of a report.
 */
export async function loadZstd(): Promise<void> {
  const sample = Buffer.from(
    Array.from({ length: 2_000 }, (_, line) => `+ ${line * 7_919}: mov %rax\n`).join(''),
  )
  decodeBlock(await compressToSend(sample), Buffer.alloc(sample.length))
}

/** The bytes as one frame, to be stored. */
export async function compress(bytes: Buffer): Promise<Buffer> {
  return (await compressor())(bytes, STORED_LEVEL)
}

/** The bytes as one frame, for a client that waits for it. */
export async function compressToSend(bytes: Buffer): Promise<Buffer> {
  return (await compressor())(bytes, SENT_LEVEL)
}
