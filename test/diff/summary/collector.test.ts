import { describe, expect, it } from 'vitest'
import { SummaryCollector } from '../../../src/diff/summary/collector.ts'
import type { FileSummary, Finding, Severity } from '../../../src/diff/summary/types.ts'

const finding = (severity: Severity, path = '', text = ''): Finding => ({
  rule: 'RULE',
  severity,
  package: 'teapot',
  path,
  old: text,
  new: text,
  message: 'It differs.',
})
const file = (path: string, substantive: boolean): FileSummary => ({
  package: 'teapot',
  path,
  change: 'CHANGED',
  noise: [],
  substantive,
})

describe('a summary of very much', () => {
  it('leaves nothing out of what fits', () => {
    const collector = new SummaryCollector()
    for (const severity of ['INFO', 'BAD', 'VERIFY', 'BAD'] as const) collector.addFinding(finding(severity))
    for (const path of ['c', 'a', 'b']) collector.addFile(file(path, path === 'a'))
    expect(collector.findings.map(({ severity }) => severity)).toEqual(['BAD', 'BAD', 'VERIFY', 'INFO'])
    expect(collector.files.map(({ path }) => path)).toEqual(['c', 'a', 'b'])
    expect(collector.omitted).toBeUndefined()
  })

  it('keeps the worst findings, however many others came before, and counts what it leaves out', () => {
    const collector = new SummaryCollector()
    for (let index = 0; index < 50_000; index += 1) collector.addFinding(finding('INFO', String(index)))
    collector.addFinding(finding('BAD', 'worst'))
    const { findings, omitted } = collector
    expect(findings[0]?.path).toBe('worst')
    expect(findings[1]?.path).toBe('0')
    expect(findings.length + (omitted?.findings ?? 0)).toBe(50_001)
    expect(findings.length).toBeLessThan(5_000)
  })

  it('keeps files that matter, however many that noise explains came before', () => {
    const collector = new SummaryCollector()
    for (let index = 0; index < 50_000; index += 1) collector.addFile(file(String(index), false))
    collector.addFile(file('matters', true))
    const { files, omitted } = collector
    expect(files.at(-1)?.path).toBe('matters')
    expect(files.length + (omitted?.files ?? 0)).toBe(50_001)
    expect(files.length).toBeLessThan(25_000)
  })

  it('shortens values once all findings together are very long', () => {
    const collector = new SummaryCollector()
    for (let index = 0; index < 6_000; index += 1)
      collector.addFinding(
        finding((['BAD', 'VERIFY', 'INFO'] as const)[index % 3] ?? 'BAD', '', 'x'.repeat(2_000)),
      )
    const length = collector.findings.reduce((sum, { old, new: newer }) => sum + old.length + newer.length, 0)
    expect(collector.findings).toHaveLength(6_000)
    expect(length).toBeLessThan(12_000_000)
  })
})
