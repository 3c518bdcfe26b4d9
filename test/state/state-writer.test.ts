/** What waits to be written when a process stops. */
import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { ArtifactsMissingError } from '../../src/errors.ts'
import type { Run } from '../../src/model.ts'
import { StateWriter } from '../../src/state/state-writer.ts'
import { openTestState } from './state-kit.ts'

const runOf = (id: string): Run => ({
  ...{ id, codebase: 'tea', campaign: 'lintian-fixes', source: 'tea', version: '1' },
  ...{ resultCode: 'success', startTime: null, finishTime: new Date(1_000), revision: null },
  ...{ mainBranchRevision: null, changeSet: null },
})

it('writes all that waits before it closes, in as many transactions as it needs', async () => {
  const test = await openTestState('postgresql')
  try {
    const errors: unknown[] = []
    const writer = new StateWriter({
      state: test.state,
      webhooks: false,
      onFailed: (error) => errors.push(error),
      onRecovered: () => {},
    })
    const ids = Array.from({ length: 450 }, (_, index) => `run-${index}`)
    for (const id of ids)
      writer.summaryFailed({ old: runOf('control'), new: runOf(id) }, new ArtifactsMissingError(id), 1)
    await writer.close()
    expect(errors).toEqual([])
    const { rows } = await test.database.query((db) =>
      db.execute(sql`SELECT count(*)::integer AS written FROM differ.comparison`),
    )
    expect(rows).toEqual([{ written: ids.length }])
    expect(writer.lagSeconds).toBe(0)
  } finally {
    await test.close()
  }
})
