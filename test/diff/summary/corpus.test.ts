/**
 * Pairs of packages whose right answer is known, from a corpus that may lie beside the checkout (`../shared/corpus`). No difference that matters may be
 * called noise; expected findings have their rule, package and path, and a severity that is at most one step off.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SEVERITIES, type Severity, type Summary, type Verdict } from '../../../src/diff/summary/types.ts'
import { readBuilt, summariseAndClose } from './build-side.ts'

const CORPUS = join(import.meta.dirname, '../../../../shared/corpus/dev')
const CASES = existsSync(CORPUS) ? readdirSync(CORPUS).sort() : []

interface Truth {
  readonly title: string
  readonly kind: Verdict
  readonly alsoAcceptable?: readonly Verdict[]
  readonly findings: readonly { rule: string; severity: Severity; package?: string; path?: string }[]
  readonly mustNotBeHidden: readonly string[]
}

describe.skipIf(CASES.length === 0)(
  'pairs with a known answer (skipped where ../shared/corpus is missing)',
  () => {
    it.each(CASES)('%s', async (name) => {
      const truth = JSON.parse(readFileSync(join(CORPUS, name, 'truth.json'), 'utf8')) as Truth
      const summary = await summariseCase(join(CORPUS, name))
      expect([truth.kind, ...(truth.alsoAcceptable ?? [])]).toContain(summary.verdict)
      expect(truth.findings.filter((wanted) => !isFound(summary, wanted))).toEqual([])
      const visible = JSON.stringify([
        summary.findings,
        summary.files.filter(({ noise, substantive }) => noise.length === 0 || substantive),
      ])
      expect(
        truth.mustNotBeHidden.filter((text) => !visible.includes(JSON.stringify(text).slice(1, -1))),
      ).toEqual([])
      if (!truth.findings.some(({ severity }) => severity !== 'INFO'))
        expect(summary.findings.filter(({ severity }) => severity === 'BAD')).toEqual([])
    })
  },
)

async function summariseCase(dir: string): Promise<Summary> {
  const work = await mkdtemp(join(tmpdir(), 'differ-corpus-'))
  try {
    const side = async (name: 'old' | 'new') => {
      const files = (await readdir(join(dir, name))).sort()
      return Promise.all(files.map((file) => readBuilt(join(dir, name, file), work)))
    }
    const [old, newer] = await Promise.all([side('old'), side('new')])
    return await summariseAndClose(old, newer, work)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function isFound({ findings }: Summary, wanted: Truth['findings'][number]): boolean {
  const plain = (path = '') => path.replace(/^\.?\//, '')
  return findings.some(
    (one) =>
      one.rule === wanted.rule &&
      Math.abs(SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(wanted.severity)) <= 1 &&
      (!wanted.package || one.package === wanted.package) &&
      (!wanted.path || plain(one.path) === plain(wanted.path)),
  )
}
