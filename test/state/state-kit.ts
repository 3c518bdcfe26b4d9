/** Records and databases for tests of the state. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { RULES_VERSION } from '../../src/diff/summary-version.ts'
import { digestNumber } from '../../src/state/signature.ts'
import { State } from '../../src/state/state.ts'
import type { RecordedFinding, SummaryRecord } from '../../src/state/summary-record.ts'
import { createTestDatabase } from '../fixtures/database.ts'

export interface TestState {
  readonly state: State
  readonly database: Database
  /** Null for an embedded database. */
  readonly url: string | null
  close(): Promise<void>
}

export async function openTestState(kind: 'postgresql' | 'embedded'): Promise<TestState> {
  if (kind === 'postgresql') {
    const server = await createTestDatabase()
    const database = await openDatabase({ url: server.url })
    const close = async () => {
      await database.close()
      await server.stop()
    }
    return { state: new State(database), database, url: server.url, close }
  }
  const dir = await mkdtemp(join(tmpdir(), 'differ-state-'))
  const database = await openDatabase({ embeddedDir: dir })
  const close = async () => {
    await database.close()
    await rm(dir, { recursive: true })
  }
  return { state: new State(database), database, url: null, close }
}

export function findingOf(finding: Partial<RecordedFinding> = {}): RecordedFinding {
  const { path = 'usr/bin/tea' } = finding
  return {
    rule: 'MODE_SETUID',
    severity: 'BAD',
    expected: false,
    package: 'tea',
    ...finding,
    path,
    pathKey: String(digestNumber(path)),
  }
}

/** A record whose counts agree with its findings. */
export function recordOf(
  newId: string,
  { findings = [], ...facts }: Partial<SummaryRecord> = {},
): SummaryRecord {
  const { verdict = 'SUBSTANTIVE', failure = null } = facts
  const rules = new Map<string, { finding: RecordedFinding; items: number }>()
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.severity, finding.expected])
    rules.set(key, { finding, items: (rules.get(key)?.items ?? 0) + 1 })
  }
  const count = (severity: string) =>
    findings.filter((one) => one.severity === severity && !one.expected).length
  const isFailure = failure !== null
  return {
    ...{ oldId: 'control', newId, campaign: 'lintian-fixes', codebase: 'tea', finishedMs: 1_000 },
    ...{ verdict, failure, isPermanent: true, rulesVersion: Number(RULES_VERSION), rulesFile: '', madeMs: 1 },
    ...{ bad: count('BAD'), verify: count('VERIFY'), info: count('INFO') },
    expected: findings.filter((one) => one.expected).length,
    signature: isFailure ? null : String(digestNumber(JSON.stringify([verdict, findings]))),
    counts: [
      isFailure
        ? { kind: 'failure', key: failure, severity: '', expected: false, items: 1 }
        : { kind: 'verdict', key: verdict ?? '', severity: '', expected: false, items: 1 },
      {
        ...{
          kind: 'rules' as const,
          key: `${RULES_VERSION} ${isFailure ? '*' : (facts.rulesFile ?? '')}`.trim(),
          severity: '' as const,
        },
        ...{ expected: false, items: 1 },
      },
      ...[...rules.values()].map(({ finding: { rule, severity, expected }, items }) => ({
        ...{ kind: 'rule' as const, key: rule, severity, expected, items },
      })),
    ],
    findings,
    ...facts,
    ...(isFailure && { verdict: null }),
  }
}

/** All rows, without numbers that depend on the order of writing and without sums that are zero. */
export async function contentsOf(state: State): Promise<unknown> {
  return state.query('background', 'test', async (db) => {
    const rows = async (query: string) => (await db.execute(sql.raw(query))).rows
    return {
      comparisons:
        await rows(`SELECT name, old_id, new_id, codebase, finished_ms, verdict, failure, rules_version,
        rules_file, made_ms, bad, verify, info, expected, profile, signature, counts
        FROM differ.comparison JOIN differ.campaign ON campaign.id = campaign_id ORDER BY old_id, new_id`),
      findings:
        await rows(`SELECT old_id, new_id, finding.finished_ms, rule, severity, finding.expected, kind, package, path,
        path_key FROM differ.finding JOIN differ.comparison ON comparison.id = comparison_id
        ORDER BY old_id, new_id, rule, severity, finding.expected, package, path`),
      sums: await rows(`SELECT name, kind, key, severity, expected, comparisons, items
        FROM differ.campaign_count JOIN differ.campaign ON campaign.id = campaign_id
        WHERE comparisons <> 0 OR items <> 0 ORDER BY name, kind, key, severity, expected`),
    }
  })
}
