/**
 * Prints a TypeScript module with the WebAssembly of the package `zstddec`: zstd's own decoder, compiled. `npm run
 * codegen` writes it to `zstd-decoder.generated.ts`, and a test compares that file with the package. The package's own
 * function returns each block in a new buffer, which takes longer than to decompress it.
 */
import { readFile } from 'node:fs/promises'

const MODULE = new URL(import.meta.resolve('zstddec'))

const text = await readFile(MODULE, 'utf8')
const [, license] = /\n(\* BSD License\n.*?)\*\//s.exec(text) ?? []
const [, wasm] = /['"](AGFzbQ[A-Za-z0-9+/=]+)['"]/.exec(text) ?? []
if (!license || !wasm) throw new Error(`${MODULE.pathname} has another form than expected`)
process.stdout.write(`/**
 * The decoder of the package \`zstddec\`, in base64. Written by \`npm run codegen\`.
 *
${license.replaceAll(/^\*/gm, ' *')} */
export const ZSTD_DECODER_WASM =
  '${wasm}'
`)
