/**
 * Assembles `simd-scan.wat` and prints the TypeScript module that holds the result. `npm run codegen` writes
 * it to `simd-scan.generated.ts`, and a test compares that file with a new assembly.
 */
import { readFile } from 'node:fs/promises'
import loadWabt from 'wabt'

const SOURCE = new URL('../src/diff/report/scan/simd-scan.wat', import.meta.url)

const wabt = await loadWabt()
const module = wabt.parseWat('simd-scan.wat', await readFile(SOURCE, 'utf8'), { simd: true })
module.validate()
const { buffer } = module.toBinary({})
process.stdout.write(`/** \`simd-scan.wat\`, assembled, in base64. Written by \`npm run codegen\`. */
export const SIMD_SCAN_WASM =
  '${Buffer.from(buffer).toString('base64')}'
`)
