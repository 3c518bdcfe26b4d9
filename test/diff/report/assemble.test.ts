import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assembleReport, oneSided, type ReportPart } from '../../../src/diff/report/assemble.ts'
import { inspectReport } from '../../../src/diff/report/scan/inspect.ts'
import { DamagedReportError } from '../../../src/errors.ts'
import { chance, node, randomTree, toReport, writeOddly } from './model.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-assemble-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function part(content: string, source1 = 'a_1_all.deb', source2 = 'a_2_all.deb'): Promise<ReportPart> {
  const jsonPath = join(dir, `${Math.random()}.json`)
  await writeFile(jsonPath, content)
  return { jsonPath, source1, source2 }
}

async function assembled(parts: readonly ReportPart[]): Promise<string> {
  const chunks: Uint8Array[] = []
  await assembleReport(parts, async (chunk) => void chunks.push(Buffer.from(chunk)))
  return Buffer.concat(chunks).toString()
}

describe('assembling a report', () => {
  it('writes the same bytes as the old service', async () => {
    const tool =
      '{"diffoscope-json-version": 1, "source1": "/in/old/a.deb", "source2": "/in/new/a.deb", "unified_diff": null, "details": [{"source1": "x\\u00e9", "source2": "x", "unified_diff": "@@ -1 +1 @@\\n-a\\n+b\\n"}]}\n'
    const parts: ReportPart[] = [
      await part(tool),
      oneSided('b_1_all.deb', 'old'),
      oneSided('c_2_all.udeb', 'new'),
    ]
    expect(await assembled(parts)).toBe(
      '{"diffoscope-json-version": 1, "source1": "old version", "source2": "new version", "unified_diff": null, "details": [' +
        '{"source1": "a_1_all.deb", "source2": "a_2_all.deb", "unified_diff": null, "details": [{"source1": "x\\u00e9", "source2": "x", "unified_diff": "@@ -1 +1 @@\\n-a\\n+b\\n"}]}, ' +
        '{"source1": "b_1_all.deb", "source2": "b_1_all.deb", "comments": ["Package is only in the old run"], "unified_diff": null, "details": []}, ' +
        '{"source1": "c_2_all.udeb", "source2": "c_2_all.udeb", "comments": ["Package is only in the new run"], "unified_diff": null, "details": []}]}',
    )
  })

  it('writes a report without differences', async () => {
    expect(JSON.parse(await assembled([]))).toMatchObject({ 'diffoscope-json-version': 1, details: [] })
  })

  it.each(Array.from({ length: 30 }, (_, seed) => seed))('accepts any valid JSON: seed %i', async (seed) => {
    const next = chance(seed)
    const trees = [randomTree(next), randomTree(next)]
    const written = trees.map((tree) => writeOddly({ 'diffoscope-json-version': 1, ...tree }, next))
    const names = ['é"\\.deb', 'plain.deb'] as const
    const parts = await Promise.all(written.map((json) => part(json, ...names)))
    const report = JSON.parse(await assembled(parts)) as { details: unknown[] }
    const expected = written.map((json) => {
      const { 'diffoscope-json-version': _, ...rest } = JSON.parse(json) as Record<string, unknown>
      return { ...rest, source1: names[0], source2: names[1] }
    })
    expect(report.details).toEqual(expected)
  })

  it('writes a complete report from large parts', async () => {
    const large = toReport(
      node('large', { unified_diff: `@@ -0,0 +1,400000 @@\n${'+line\n'.repeat(400_000)}` }),
    )
    const path = join(dir, 'whole.json')
    await writeFile(path, await assembled([await part(large), await part(large)]))
    expect(await inspectReport(path)).toMatchObject({ nodes: 3, failureComments: [] })
  })

  it('refuses a part that is not a report', async () => {
    await expect(assembled([await part('Traceback (most recent call last)')])).rejects.toThrow(
      DamagedReportError,
    )
  })

  it('stops when writing fails', async () => {
    const full = new Error('no space left')
    await expect(assembleReport([oneSided('b_1_all.deb', 'old')], () => Promise.reject(full))).rejects.toBe(
      full,
    )
  })
})
