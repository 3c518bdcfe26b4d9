/** The WebAssembly that is checked in must be what its source assembles to. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')

it('simd-scan.generated.ts is assembled from simd-scan.wat; if not, run `npm run codegen`', () => {
  const assembled = execFileSync(process.execPath, [join(ROOT, 'scripts/assemble-simd-scan.mjs')])
  const path = join(ROOT, 'src/diff/report/scan/simd-scan.generated.ts')
  expect(readFileSync(path, 'utf8')).toBe(assembled.toString())
})
