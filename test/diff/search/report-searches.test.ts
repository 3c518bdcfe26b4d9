/** Searches in processes: many clients at once, cancelled ones, and what a large report takes. */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JobProcesses } from '../../../src/diff/processes/job-processes.ts'
import { openReport } from '../../../src/diff/report/open-report.ts'
import {
  type FoundPage,
  ReportSearches,
  type SearchedReport,
  type SearchRequest,
} from '../../../src/diff/search/report-searches.ts'
import { OverloadedError, SearchPatternError, UsageError } from '../../../src/errors.ts'
import type { Run } from '../../../src/model.ts'
import { eventLoopTurnsDuring } from '../../fixtures/event-loop-turns.ts'
import { seeds } from '../../fixtures/seeds.ts'

const LINES = 1_200_000
const QUERY = { text: '', isPattern: false, ignoreCase: false, side: 'BOTH', first: 50, after: null } as const
const RUN: Run = {
  ...{ id: 'run', codebase: 'tea', campaign: 'test', source: null, version: null, resultCode: 'success' },
  ...{ startTime: null, finishTime: null, revision: null, mainBranchRevision: null, changeSet: null },
}

let dir: string
let processes: JobProcesses
let searches: ReportSearches
let report: SearchedReport
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-searches-'))
  processes = new JobProcesses(new URL('../../../src/diff/job-process.mjs', import.meta.url))
  searches = new ReportSearches(processes)
  const path = join(dir, 'report.json')
  await pipeline(largeReport, createWriteStream(path))
  const opened = await openReport(path, join(dir, 'report.index'))
  const { digest, sizeBytes } = opened
  await opened.close()
  const entry = {
    ...({ kind: 'diffoscope', oldId: 'old', newId: 'new', path, indexPath: join(dir, 'report') } as const),
    ...{
      renderingsDir: dir,
      ...{ key: 'key', stampPath: '', accessTimePath: '' },
      fallbackIndexPath: null,
      verified: true,
      origin: {},
      sharedVersion: null,
    },
    ...{ sizeBytes, modifiedMs: (await stat(path)).mtimeMs },
  }
  report = { entry, pair: { old: RUN, new: RUN }, file: null, digest, options: { filterBoring: false } }
  // Starts a thread.
  await searches.page(report, { ...QUERY, text: 'line 1 ' }, {})
})
afterAll(async () => {
  await processes?.close()
  await rm(dir, { recursive: true, force: true })
})

/** Some 40 MB. */
function* largeReport(): Generator<string> {
  yield `{"diffoscope-json-version": 1, "source1": "a", "source2": "b", "unified_diff": null, "details": [{"source1": "tea", "source2": "tea", "unified_diff": "@@ -0,0 +1,${LINES} @@\\n`
  for (let at = 0; at < LINES; at += 100)
    yield Array.from({ length: 100 }, (_, more) => `+line ${at + more} \\u00e9 of the report\\n`).join('')
  yield '", "details": []}]}'
}

async function positions(request: Partial<SearchRequest>, client = ''): Promise<(number | undefined)[]> {
  const found: (number | undefined)[] = []
  for (let after: string | null = null; ; ) {
    const page: FoundPage = await searches.page(report, { ...QUERY, ...request, after }, { client })
    found.push(...page.hits.map(({ hit }) => hit.line?.position))
    if (!page.hasNextPage) return found
    after = page.endCursor
  }
}

describe('searches', () => {
  it('of many clients at once find what each finds alone, and leave the event loop free', async () => {
    const clients = seeds(6, 20)
    // On a busy machine, some wait too long for their turn, and some pages end before they have found the line.
    const search = async (at: number): Promise<(number | undefined)[]> => {
      try {
        return await positions({ text: `line ${at * 1000 + 7} \u00e9` }, `client ${at}`)
      } catch (error) {
        if (!(error instanceof OverloadedError)) throw error
        await sleep(100)
        return search(at)
      }
    }
    const turns = await eventLoopTurnsDuring(async () => {
      expect(await Promise.all(clients.map(search))).toEqual(clients.map((at) => [at * 1000 + 7]))
    })
    expect(turns).toBeGreaterThan(100)
  })

  it('take memory that does not depend on the size of the report', async () => {
    const before = process.memoryUsage().rss
    expect(await positions({ text: 'this is nowhere' })).toEqual([])
    expect(await positions({ text: '[n]owhere|1199999\\b', isPattern: true })).toEqual([1_199_999])
    // The report is larger.
    expect(process.memoryUsage().rss - before).toBeLessThan(30_000_000)
  })

  it('end with the reason of their signal, and others go on', async () => {
    const abort = new AbortController()
    const cancelled = searches.page(report, { ...QUERY, text: 'nowhere' }, { signal: abort.signal })
    abort.abort(new Error('left'))
    await expect(cancelled).rejects.toThrow('left')
    expect(await positions({ text: 'line 77777 ' })).toEqual([77_777])
  })

  it('report how each page ended', async () => {
    const outcomes: string[] = []
    const pageSearched = (outcome: string, seconds: number) => {
      expect(seconds).toBeGreaterThan(0)
      outcomes.push(outcome)
    }
    const watched = new ReportSearches(processes, { pageSearched })
    const page = (request: Partial<SearchRequest>, signal?: AbortSignal) =>
      watched.page(report, { ...QUERY, ...request }, { ...(signal && { signal }) }).catch(() => null)
    await page({ text: 'line', first: 1 })
    await page({ text: 'line 1199999 ', after: null })
    await page({ text: '(', isPattern: true })
    await page({ text: 'line' }, AbortSignal.abort(new Error('left')))
    expect(outcomes).toEqual([
      'partial',
      expect.stringMatching('partial|complete'),
      'SearchPatternError',
      'Cancelled',
    ])
  })

  it('fail as their errors say, from the thread too', async () => {
    const page = (request: Partial<SearchRequest>) => searches.page(report, { ...QUERY, ...request }, {})
    await expect(page({ text: '(', isPattern: true })).rejects.toThrow(SearchPatternError)
    await expect(page({ text: '' })).rejects.toThrow(UsageError)
    const { endCursor } = await page({ text: 'line', first: 1 })
    const other = { ...report, digest: 'another report' }
    const elsewhere = searches.page(other, { ...QUERY, text: 'line', after: endCursor }, {})
    await expect(elsewhere).rejects.toThrow('is not a cursor of this search in this report')
    const gone = { ...report, entry: { ...report.entry, path: join(dir, 'gone.json') } }
    await expect(searches.page(gone, { ...QUERY, text: 'line' }, {})).rejects.toThrow('ENOENT')
  })

  it('show the first hits without searching to the end', async () => {
    const page = await searches.page(report, { ...QUERY, text: 'of the report', first: 3 }, {})
    // On a busy machine, a page may end with fewer than it may have.
    expect(page.hits.map(({ hit }) => hit.line?.position)).toEqual([0, 1, 2].slice(0, page.hits.length))
    expect(page).toMatchObject({ hasNextPage: true, totalCount: null })
    expect(page.hits[0]?.hit).toMatchObject({ path: ['tea'], text: 'line 0 \u00e9 of the report' })
  })
})
