import { appendFile, rm, truncate, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { StoredDebdiff } from '../../src/diff/stored/stored-debdiff.ts'
import {
  ArtifactsMissingError,
  DiffCommandError,
  DiffCommandTimeoutError,
  OverloadedError,
} from '../../src/errors.ts'
import type { DiffProgress, RunPair } from '../../src/model.ts'
import type { PackageSpec } from '../fixtures/packages.ts'
import { required } from '../fixtures/required.ts'
import { type Kit, MAKE_OPTIONS, makeKit, makeRun, waitUntil } from './engine-kit.ts'
import { collect } from './report/model.ts'
import { LIMITS } from './tools/helpers.ts'

const pkg = (name: string, version: string, text: string): PackageSpec => ({
  name,
  version,
  files: { [`usr/share/${name}/text`]: `${text}\n` },
})
const NO_LEFTOVERS = { processes: [], files: [] }
const changedPair = (kit: Kit, name = 'one') =>
  kit.addPair(name, [pkg('alpha', '1', 'before')], [pkg('alpha', '2', 'after')])

async function reportOf(kit: Kit, pair: RunPair) {
  const stored = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
  return JSON.parse(String(await collect(stored.render('json', { filterBoring: false })))) as {
    details: { source1: string; source2: string; comments?: string[] }[]
  }
}

describe('the engine', () => {
  it('makes a diff with the real tools, caches it, and does not make it again', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    for (const kind of ['debdiff', 'diffoscope'] as const) {
      expect(await kit.engine.lookup(kind, pair)).toBeNull()
      const made = await kit.engine.make(kind, pair, MAKE_OPTIONS)
      expect(made.entry.verified).toBe(true)
      expect((await kit.engine.make(kind, pair, MAKE_OPTIONS)).digest).toBe(made.digest)
      expect((await kit.engine.lookup(kind, pair))?.digest).toBe(made.digest)
    }
    expect(await kit.startedTools()).toEqual(['debdiff alpha_2_all.deb', 'diffoscope alpha_2_all.deb'])
    expect(await kit.leftovers()).toEqual(NO_LEFTOVERS)
  })

  it('makes a diff once for 100 concurrent callers', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    const made = await Promise.all(
      Array.from({ length: 100 }, () => kit.engine.make('diffoscope', pair, MAKE_OPTIONS)),
    )
    expect(new Set(made.map(({ digest }) => digest)).size).toBe(1)
    expect(await kit.startedTools()).toHaveLength(1)
  })

  it('fetches the packages once for both kinds of diff', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    await kit.holdTools()
    const both = [
      kit.engine.make('debdiff', pair, MAKE_OPTIONS),
      kit.engine.make('diffoscope', pair, MAKE_OPTIONS),
    ]
    await waitUntil(async () => (await kit.startedTools()).length === 2)
    await kit.releaseTools()
    await Promise.all(both)
    expect([...kit.fetches.values()]).toEqual([1, 1])
  })

  it('reports each pair of packages that differs, in name order, and starts no tool for identical packages', async () => {
    const kit = await makeKit()
    const same = pkg('middle', '1', 'the same')
    const pair = await kit.addPair(
      'many',
      [pkg('zeta', '1', 'before'), same, pkg('alpha', '1', 'before'), pkg('removed', '1', 'x')],
      [pkg('alpha', '2', 'after'), pkg('zeta', '2', 'after'), same, pkg('added', '2', 'x')],
    )
    const { details } = await reportOf(kit, pair)
    expect(details.map(({ source1, source2, comments }) => [source1, source2, comments?.[0]])).toEqual([
      ['added_2_all.deb', 'added_2_all.deb', 'Package is only in the new run'],
      ['alpha_1_all.deb', 'alpha_2_all.deb', undefined],
      ['removed_1_all.deb', 'removed_1_all.deb', 'Package is only in the old run'],
      ['zeta_1_all.deb', 'zeta_2_all.deb', undefined],
    ])
    expect((await kit.startedTools()).sort()).toEqual([
      'diffoscope alpha_2_all.deb',
      'diffoscope zeta_2_all.deb',
    ])
  })

  it('makes a report without entries if nothing differs', async () => {
    const kit = await makeKit()
    const same = [pkg('alpha', '1', 'the same')]
    expect((await reportOf(kit, await kit.addPair('same', same, same))).details).toEqual([])
    expect(await kit.startedTools()).toEqual([])
  })

  it('makes a report again if the contents of the cached one are damaged', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    const { entry } = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
    // The size stays the same, so that only reading the report reveals the damage.
    await writeFile(entry.path, '}'.padStart(entry.sizeBytes, '{'))
    const { details } = await reportOf(kit, pair)
    expect(details).toHaveLength(1)
    // From its parts, which are kept.
    expect(await kit.startedTools()).toHaveLength(1)
  })

  it.each([
    ['truncated', (path: string, bytes: number) => truncate(path, Math.floor(bytes / 2))],
    ['made longer', (path: string) => appendFile(path, 'and more\n')],
  ])(
    'refuses to render a debdiff that was %s after the lookup, and makes it again',
    async (_title, change) => {
      const kit = await makeKit()
      const pair = await changedPair(kit)
      const stored = (await kit.engine.make('debdiff', pair, MAKE_OPTIONS)) as StoredDebdiff
      const whole = await collect(stored.render('text', { filterBoring: false }))
      await change(stored.entry.path, stored.entry.sizeBytes)
      for (const filterBoring of [false, true])
        for (const format of ['text', 'json'] as const)
          await expect(collect(stored.render(format, { filterBoring }))).rejects.toThrow(/repeat the request/)
      const again = await kit.engine.make('debdiff', pair, MAKE_OPTIONS)
      expect(await collect(again.render('text', { filterBoring: false }))).toEqual(whole)
      expect(await kit.startedTools()).toHaveLength(2)
    },
  )

  it.each(['truncated', 'overwritten'])(
    'refuses to render a report as JSON that was %s after the lookup',
    async (what) => {
      const kit = await makeKit()
      const stored = await kit.engine.make('diffoscope', await changedPair(kit), MAKE_OPTIONS)
      const { path, sizeBytes } = stored.entry
      await writeFile(path, '{}'.padEnd(what === 'truncated' ? sizeBytes / 2 : sizeBytes))
      await expect(collect(stored.render('json', { filterBoring: false }))).rejects.toThrow(
        /repeat the request/,
      )
    },
  )

  it('makes the index of a report again if it was removed after the lookup', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    const made = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
    const whole = await collect(made.render('text', { filterBoring: false }))
    await rm(`${made.entry.indexPath}.index`)
    const found = await kit.engine.lookup('diffoscope', pair)
    expect(found?.counts).toEqual(made.counts)
    expect(await collect(required(found).render('text', { filterBoring: false }))).toEqual(whole)
    expect(await kit.startedTools()).toHaveLength(1)
  })
})

describe('the progress of a diff', () => {
  it('never falls, and names the packages that are compared', async () => {
    const kit = await makeKit()
    const names = ['alpha', 'beta', 'gamma']
    const pair = await kit.addPair(
      'three',
      names.map((name) => pkg(name, '1', 'before')),
      names.map((name) => pkg(name, '2', 'after')),
    )
    const seen: DiffProgress[] = []
    await kit.engine.make('diffoscope', pair, {
      ...MAKE_OPTIONS,
      onProgress: (progress) => seen.push(progress),
    })
    const fractions = seen.map(({ fraction }) => fraction)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    const steps = seen.map(({ step }) => step)
    for (const [index, name] of names.entries())
      expect(steps).toContain(`diffoscope ${name}_2_all.deb, ${index + 1} of 3`)
  })
})

describe('the engine, if a diff fails,', () => {
  it('throws a timeout with the limit of the whole diff if the tool is slow', async () => {
    const kit = await makeKit({}, { diffoscope: 'sleep 1000' })
    const limits = { ...LIMITS, timeoutMs: 400 }
    const failure = kit.engine.make('diffoscope', await changedPair(kit), { ...MAKE_OPTIONS, limits })
    await expect(failure).rejects.toThrow(DiffCommandTimeoutError)
    await expect(failure).rejects.toMatchObject({ limitMs: 400 })
    expect(await kit.leftovers()).toEqual(NO_LEFTOVERS)
  })

  it('tries again at the next request', async () => {
    const kit = await makeKit({}, { debdiff: 'echo no >&2; exit 3' })
    const pair = await changedPair(kit)
    for (const _ of [1, 2])
      await expect(kit.engine.make('debdiff', pair, MAKE_OPTIONS)).rejects.toThrow(DiffCommandError)
    expect(await kit.startedTools()).toHaveLength(2)
  })

  it('stops the tools of the other packages, and leaves no processes or files', async () => {
    // What concerns every package, not only one.
    const failing =
      'case "$*" in *alpha*) echo "OSError: [Errno 28] No space left" >&2; exit 2;; esac; sleep 1000'
    const kit = await makeKit({}, { diffoscope: failing })
    const pair = await kit.addPair(
      'two',
      [pkg('alpha', '1', 'before'), pkg('beta', '1', 'before')],
      [pkg('alpha', '2', 'after'), pkg('beta', '2', 'after')],
    )
    await expect(kit.engine.make('diffoscope', pair, MAKE_OPTIONS)).rejects.toThrow(DiffCommandError)
    expect(await kit.leftovers()).toEqual(NO_LEFTOVERS)
  })

  it('reports a run without packages', async () => {
    const kit = await makeKit()
    const pair = { ...(await changedPair(kit)), new: makeRun('nowhere') }
    await expect(kit.engine.make('debdiff', pair, MAKE_OPTIONS)).rejects.toThrow(ArtifactsMissingError)
    expect(await kit.startedTools()).toEqual([])
  })

  it('refuses a request for a new diff if too many are in progress, but lets requests join one', async () => {
    const kit = await makeKit({ maxInProgress: 1 })
    const [one, other] = [await changedPair(kit, 'one'), await changedPair(kit, 'other')]
    await kit.holdTools()
    const made = [kit.engine.make('debdiff', one, MAKE_OPTIONS)]
    await waitUntil(() => kit.engine.inProgress === 1)
    made.push(kit.engine.make('debdiff', one, MAKE_OPTIONS))
    await expect(kit.engine.make('debdiff', other, MAKE_OPTIONS)).rejects.toThrow(OverloadedError)
    // The queue bounds background work.
    made.push(kit.engine.make('debdiff', other, { ...MAKE_OPTIONS, urgency: 'background' }))
    await kit.releaseTools()
    expect(await Promise.all(made)).toHaveLength(3)
  })
})

describe('a client', () => {
  it('waits for a bounded number of diffs, while other clients and background jobs are served', async () => {
    const kit = await makeKit({ maxWaitsPerClient: 2 })
    const pair = await changedPair(kit, 'one')
    const other = await changedPair(kit, 'other')
    await kit.holdTools()
    const from = (client: string) => ({ ...MAKE_OPTIONS, client })
    // Both wait for the same diff.
    const made = [pair, pair].map((one) => kit.engine.make('debdiff', one, from('greedy')))
    await waitUntil(() => kit.engine.inProgress === 1)
    for (const kind of ['debdiff', 'diffoscope'] as const)
      await expect(kit.engine.make(kind, other, from('greedy'))).rejects.toThrow(/already waits for 2 diffs/)
    await expect(kit.engine.follow(other, from('greedy')).next()).rejects.toThrow(OverloadedError)
    made.push(kit.engine.make('debdiff', other, from('modest')))
    made.push(kit.engine.make('debdiff', pair, { ...MAKE_OPTIONS, urgency: 'background' }))
    await kit.releaseTools()
    expect(await Promise.all(made)).toHaveLength(4)
    expect((await kit.engine.make('debdiff', other, from('greedy'))).kind).toBe('debdiff')
    expect((await kit.engine.make('diffoscope', other, from('greedy'))).kind).toBe('diffoscope')
  })

  it('gets a typed answer when another process makes the diff for longer than a request may wait', async () => {
    let isFree = false
    const acquire = async (_key: string, signal: AbortSignal) => {
      if (!isFree)
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      return async () => {}
    }
    const kit = await makeKit({ leases: { acquire }, failureTtlMs: 60_000 })
    const pair = await changedPair(kit)
    const hasty = { ...MAKE_OPTIONS, limits: { ...MAKE_OPTIONS.limits, timeoutMs: 50 } }
    await expect(kit.engine.make('debdiff', pair, hasty)).rejects.toThrow(DiffCommandTimeoutError)
    isFree = true
    // The failure is not remembered: nothing is known about this diff.
    expect((await kit.engine.make('debdiff', pair, { ...hasty, limits: MAKE_OPTIONS.limits })).kind).toBe(
      'debdiff',
    )
    expect(await kit.startedTools()).toHaveLength(1)
  })
})

describe('a caller that leaves', () => {
  it('stops the tool if it was the only one, and leaves no processes or files', async () => {
    const kit = await makeKit()
    await kit.holdTools()
    const leaver = new AbortController()
    const made = kit.engine.make('debdiff', await changedPair(kit), {
      ...MAKE_OPTIONS,
      signal: leaver.signal,
    })
    await waitUntil(async () => (await kit.startedTools()).length === 1)
    leaver.abort(new Error('gone'))
    await expect(made).rejects.toThrow('gone')
    await waitUntil(async () => JSON.stringify(await kit.leftovers()) === JSON.stringify(NO_LEFTOVERS))
  })

  it('does not affect the callers that still wait', async () => {
    const kit = await makeKit()
    await kit.holdTools()
    const pair = await changedPair(kit)
    const leaver = new AbortController()
    const left = kit.engine.make('debdiff', pair, { ...MAKE_OPTIONS, signal: leaver.signal })
    const stayed = kit.engine.make('debdiff', pair, MAKE_OPTIONS)
    await waitUntil(async () => (await kit.startedTools()).length === 1)
    leaver.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    await kit.releaseTools()
    expect((await stayed).kind).toBe('debdiff')
    expect(await kit.startedTools()).toHaveLength(1)
  })
})

describe('closing the engine', () => {
  it('stops the tools and waits until their processes and files are gone', async () => {
    const kit = await makeKit()
    await kit.holdTools()
    const made = kit.engine.make('debdiff', await changedPair(kit), MAKE_OPTIONS)
    const outcome = expect(made).rejects.toThrow('The service is stopping')
    await waitUntil(async () => (await kit.startedTools()).length === 1)
    await kit.engine.close()
    await outcome
    expect(await kit.leftovers()).toEqual(NO_LEFTOVERS)
  })
})
