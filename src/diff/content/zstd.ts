/** Compresses and decompresses whole frames of zstd (RFC 8878), in libuv's thread pool. */
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

interface Zstd {
  compress(bytes: Buffer): Promise<Buffer>
  /** @throws Error for invalid data */
  decompress(frames: Buffer): Promise<Buffer>
}

/**
 * `bench/stored.ts` compares levels: 9 makes reports a tenth smaller than 6, and takes less than a hundredth of
 * diffoscope's time.
 */
const LEVEL = 9

type Callback = (error: Error | null, result: Buffer) => void
/** Node.js has zstd from 22.15 on; the type declarations are those of Node.js 20. */
interface WithZstd {
  readonly zstdCompress?: (bytes: Buffer, options: object, callback: Callback) => void
  readonly zstdDecompress: (bytes: Buffer, callback: Callback) => void
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
}

async function load(): Promise<Zstd> {
  const { zstdCompress, zstdDecompress, constants } = zlib as unknown as WithZstd
  if (zstdCompress) {
    const compress = promisify(zstdCompress)
    const params = { [constants.ZSTD_c_compressionLevel]: LEVEL }
    return {
      compress: (bytes) => compress(bytes, { params }),
      decompress: promisify(zstdDecompress),
    }
  }
  const { Decoder, Encoder } = await import('@toondepauw/node-zstd')
  const [encoder, decoder] = [new Encoder(LEVEL), new Decoder()]
  return { compress: (bytes) => encoder.encode(bytes), decompress: (bytes) => decoder.decode(bytes) }
}

let loading: Promise<Zstd> | undefined

/** The library is loaded when it is first needed: small reports are stored uncompressed. */
function zstd(): Promise<Zstd> {
  loading ??= load()
  return loading
}

/** Loads the library, so that the first report need not wait for it. */
export async function loadZstd(): Promise<void> {
  await zstd()
}

/** The bytes as one frame. */
export async function compress(bytes: Buffer): Promise<Buffer> {
  return (await zstd()).compress(bytes)
}

/** The content of one or more frames. @throws Error for invalid data */
export async function decompress(frames: Buffer): Promise<Buffer> {
  return (await zstd()).decompress(frames)
}
