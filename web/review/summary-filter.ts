/** Conditions of a list of runs that the service answers from what summaries say. */
import type { RunFilterInput, Severity, Verdict } from '../generated/graphql.ts'

/** Parameters of the URL, in the order in which they are shown. */
const NAMES = ['severity', 'rule', 'package', 'path', 'cluster', 'expected', 'failed'] as const

/** The conditions in the query of a URL, with their values. */
export function conditionsOf(query: URLSearchParams): (readonly [name: string, value: string])[] {
  return NAMES.flatMap((name) => {
    const value = query.get(name)
    return value ? [[name, value] as const] : []
  })
}

/**
 * The filter for a list of runs by their summaries; null if the query has no such condition. What else the query has is
 * looked for among the loaded runs, because the service cannot combine it with these.
 */
export function summaryFilterOf(query: URLSearchParams): RunFilterInput | null {
  const text = (name: string) => query.get(name) || null
  const list = <T extends string>(name: string) => (text(name)?.split(',') ?? null) as T[] | null
  const verdict = list<Verdict>('verdict')
  const isOfCampaign = verdict !== null && text('campaign') !== null
  if (conditionsOf(query).length === 0 && !(isOfCampaign && !query.has('search'))) return null
  return {
    campaign: query.getAll('campaign').filter((value) => value !== ''),
    codebase: list('codebase'),
    verdict: text('failed') === null ? verdict : null,
    summaryFailed: text('failed') === null ? null : true,
    severity: list<Severity>('severity'),
    rule: list('rule'),
    package: text('package'),
    path: text('path'),
    cluster: text('cluster'),
    expected: text('expected') === null ? null : text('expected') === 'yes',
  }
}

interface Searched {
  readonly runId: string
  readonly codebase: string
  readonly campaign: string
  readonly source: string | null
  readonly resultCode: string | null
}

/** Whether a loaded run has the words and names that the service was not asked for. */
export function matchesRest(run: Searched, query: URLSearchParams): boolean {
  const text = [run.runId, run.codebase, run.campaign, run.source ?? ''].join('\n').toLowerCase()
  const words = (query.get('search') ?? '').toLowerCase().split(/\s+/)
  const is = (name: string, value: string | null) => !query.get(name) || query.get(name) === value
  return (
    words.every((word) => text.includes(word)) && is('source', run.source) && is('result', run.resultCode)
  )
}
