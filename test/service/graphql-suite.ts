/** Tests of GraphQL that run with each database driver. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  type ServiceOptions,
  startService,
  type TestService,
} from '../fixtures/service.ts'

/** Selects a diff in all formats, with what the response of its URL is compared with. */
const FORMATS = ['text', 'markdown', 'html', 'json'] as const
const RENDERINGS = FORMATS.map(
  (format) => `${format} { mediaType url etag content { text truncated } }`,
).join(' ')

export function graphqlSuite(optionsOf: () => Promise<ServiceOptions>): void {
  let service: TestService
  let gate: Gate
  let pair: { old: string; new: string }

  beforeAll(async () => {
    const places = await makePlaces()
    gate = await makeGate(join(places.root, 'gate'))
    const options = await optionsOf()
    service = await startService({ ...options, places, env: { ...gate.env, ...options.env } })
    pair = await addPair(service, 'suite')
  })
  afterAll(async () => {
    await service?.close()
    if (service) await removeTree(service.places.root)
  })

  /** Selects fields of a comparison, which must exist. */
  async function comparison(fields: string, runs = pair) {
    const { data, errors } = await service.graphql(
      `query ($old: String!, $new: String!) {
        comparison(old: $old, new: $new) { __typename ... on Comparison { ${fields} } ... on Error { message } }
      }`,
      runs,
    )
    expect(errors).toBeUndefined()
    expect(data.comparison.__typename).toBe('Comparison')
    return data.comparison
  }

  describe('a run', () => {
    it('has its details, its baseline and its packages', async () => {
      const { data, errors } = await service.graphql(
        `query ($id: String!) { run(runId: $id) { ... on Run {
          runId codebase campaign source version resultCode successful startTime finishTime revision mainBranchRevision
          baseline { runId baseline { runId } }
          binaries { ... on BinaryList { totalCount totalSize nodes { filename kind package version architecture size sha256 } } }
        } } }`,
        { id: pair.new },
      )
      expect(errors).toBeUndefined()
      const { binaries, ...run } = data.run
      expect(run).toEqual({
        runId: 'suite-new',
        codebase: 'suite',
        campaign: 'lintian-fixes',
        source: 'tea',
        version: '1.0-1+jan1',
        resultCode: 'success',
        successful: true,
        startTime: '2024-01-01T00:00:00.000Z',
        finishTime: '2024-01-01T00:00:00.000Z',
        revision: 'suite-change',
        mainBranchRevision: 'suite-main',
        baseline: { runId: 'suite-old', baseline: null },
      })
      const names = ['tea-common_1.0-1_all.deb', 'tea-new_1.0-1+jan1_all.deb', 'tea_1.0-1+jan1_all.deb']
      const files = await Promise.all(
        names.map((name) => readFile(join(service.places.artifacts, pair.new, name))),
      )
      expect(binaries.totalCount).toBe(3)
      expect(binaries.totalSize).toBe(files.reduce((sum, { length }) => sum + length, 0))
      expect(binaries.nodes).toEqual(
        names.map((filename, index) => ({
          filename,
          kind: 'DEB',
          package: filename.split('_')[0],
          version: filename.split('_')[1],
          architecture: 'all',
          size: files[index]?.length,
          sha256: createHash('sha256')
            .update(files[index] ?? '')
            .digest('hex'),
        })),
      )
    })

    it('and a comparison are found by their global ids', async () => {
      const { data } = await service.graphql(
        `query ($old: String!, $new: String!) {
          run(runId: $new) { ... on Run { id } }
          comparison(old: $old, new: $new) { ... on Comparison { id } }
        }`,
        { ...pair },
      )
      const again = await service.graphql(
        `query ($run: ID!, $comparison: ID!) {
          run: node(id: $run) { __typename id ... on Run { runId } }
          comparison: node(id: $comparison) { __typename id ... on Comparison { old { runId } new { runId } } }
        }`,
        { run: data.run.id, comparison: data.comparison.id },
      )
      expect(again).toEqual({
        data: {
          run: { __typename: 'Run', id: data.run.id, runId: pair.new },
          comparison: {
            __typename: 'Comparison',
            id: data.comparison.id,
            old: { runId: pair.old },
            new: { runId: pair.new },
          },
        },
      })
    })
  })

  describe('runs', () => {
    const page = (first: number, after: string | null, filter: object) =>
      service.graphql(
        `query ($first: Int!, $after: String, $filter: RunFilterInput) { runs(first: $first, after: $after, filter: $filter) {
          ... on RunConnection { edges { cursor node { runId } } nodes { runId } pageInfo { hasNextPage endCursor } }
        } }`,
        { first, after, filter },
      )

    beforeAll(async () => {
      for (const n of [1, 2, 3, 4, 5])
        await service.addRun(
          {
            id: `page-${n}`,
            codebase: 'paged',
            resultCode: n === 3 ? 'build-failed' : n === 5 ? null : 'success',
            finishTime: n === 5 ? null : new Date(Date.UTC(2024, 1, Math.ceil(n / 2))),
          },
          [],
        )
    })

    it('are listed page by page, unfinished ones first, then newest first', async () => {
      const seen: string[] = []
      let after: string | null = null
      for (let pages = 0; pages < 5; pages++) {
        const { data } = await page(2, after, { codebase: 'paged' })
        const { edges, nodes, pageInfo } = data.runs
        expect(nodes).toEqual(edges.map(({ node }: { node: object }) => node))
        expect(pageInfo.endCursor).toBe(edges.at(-1).cursor)
        seen.push(...nodes.map(({ runId }: { runId: string }) => runId))
        after = pageInfo.endCursor
        if (!pageInfo.hasNextPage) break
      }
      expect(seen).toEqual(['page-5', 'page-4', 'page-3', 'page-2', 'page-1'])
    })

    it.each([
      { filter: { codebase: 'paged', resultCode: 'success' }, found: ['page-4', 'page-2', 'page-1'] },
      { filter: { codebase: 'paged', finishedAfter: '2024-02-02T00:00:00Z' }, found: ['page-4', 'page-3'] },
      { filter: { codebase: 'paged', finishedBefore: '2024-02-02T00:00:00Z' }, found: ['page-2', 'page-1'] },
      { filter: { campaign: 'unchanged' }, found: ['suite-old'] },
      { filter: { codebase: 'unknown' }, found: [] },
    ])('are found by $filter', async ({ filter, found }) => {
      const { data } = await page(10, null, filter)
      expect(data.runs.nodes.map(({ runId }: { runId: string }) => runId)).toEqual(found)
      expect(data.runs.pageInfo.hasNextPage).toBe(false)
    })

    it('refuse an invalid cursor', async () => {
      const { errors } = await page(2, 'no-cursor', {})
      expect(errors?.[0]?.message).toMatch(/"after" is not a cursor of this list/)
    })
  })

  describe('a comparison', () => {
    // A test may fail with the gate closed, and the others need the tools.
    afterEach(() => gate.open())

    it('shows how each package changed', async () => {
      const changes = await comparison(
        'binaryChanges { ... on BinaryChangeList { totalCount nodes { kind old { filename } new { filename } } some: nodes(kind: [ADDED]) { kind } } }',
      )
      expect(changes.binaryChanges).toEqual({
        totalCount: 4,
        nodes: [
          {
            kind: 'CHANGED',
            old: { filename: 'tea_1.0-1_all.deb' },
            new: { filename: 'tea_1.0-1+jan1_all.deb' },
          },
          {
            kind: 'UNCHANGED',
            old: { filename: 'tea-common_1.0-1_all.deb' },
            new: { filename: 'tea-common_1.0-1_all.deb' },
          },
          { kind: 'ADDED', old: null, new: { filename: 'tea-new_1.0-1+jan1_all.deb' } },
          { kind: 'REMOVED', old: { filename: 'tea-old_1.0-1_all.deb' }, new: null },
        ],
        some: [{ kind: 'ADDED' }],
      })
    })

    it('has no diff until a queued job has made it', async () => {
      const selection = `{ __typename ... on DiffNotReadyError { message retryable job { jobId status trigger old { runId } new { runId } } } }`
      const both = (mode: string) =>
        `debdiff(mode: ${mode}) ${selection} diffoscope(mode: ${mode}) ${selection}`
      const queued = await addPair(service, 'queued')

      await gate.close()
      const before = await gate.started()
      const nothing = await comparison(both('CACHED_ONLY'), queued)
      for (const diff of [nothing.debdiff, nothing.diffoscope])
        expect(diff).toMatchObject({ __typename: 'DiffNotReadyError', retryable: true, job: null })
      expect(await gate.started()).toEqual(before)

      const { debdiff, diffoscope } = await comparison(both('ENQUEUE'), queued)
      expect(debdiff.job).toMatchObject({
        trigger: 'REQUEST',
        old: { runId: queued.old },
        new: { runId: queued.new },
      })
      expect(['QUEUED', 'RETRIEVING', 'DEBDIFF']).toContain(debdiff.job.status)
      expect(diffoscope.job.jobId).toBe(debdiff.job.jobId)
      await eventually(async () => {
        const running = await comparison(both('CACHED_ONLY'), queued)
        expect(running.debdiff.job).toMatchObject({ jobId: debdiff.job.jobId, status: 'DEBDIFF' })
      })

      await gate.open()
      await eventually(async () => {
        const done = await comparison(both('CACHED_ONLY'), queued)
        expect(done.debdiff.__typename).toBe('Debdiff')
        expect(done.diffoscope.__typename).toBe('Diffoscope')
      })
      expect((await gate.started()).slice(before.length)).toEqual(['debdiff', 'diffoscope'])
    })

    it('has a debdiff in typed sections', async () => {
      const { debdiff } = await comparison(`debdiff(mode: WAIT) { ... on Debdiff { isEmpty filtered sections {
        __typename title
        ... on DebdiffFileList { change package totalCount files { path mode owner group target } }
        ... on DebdiffControlFields { package fields { name old new } }
        ... on DebdiffPackageList { packages }
        ... on DebdiffNote { lines }
      } } }`)
      expect(debdiff.isEmpty).toBe(false)
      expect(debdiff.filtered).toBe(false)
      const { sections } = debdiff
      const titled = (title: string) =>
        sections.find((section: { title: string | null }) => section.title?.startsWith(title))
      expect(titled('New files in second set of .debs, found in package tea')).toMatchObject({
        __typename: 'DebdiffFileList',
        files: expect.arrayContaining([
          expect.objectContaining({ path: '/usr/share/tea/new-only', mode: '-rw-r--r--', owner: 'root' }),
        ]),
      })
      expect(titled('Control files of package tea:')).toMatchObject({
        __typename: 'DebdiffControlFields',
        package: 'tea',
        fields: expect.arrayContaining([
          { name: 'Depends', old: 'libc6 (>= 2.34), kettle', new: 'libc6 (>= 2.36), kettle' },
          { name: 'Version', old: '1.0-1', new: '1.0-1+jan1' },
        ]),
      })
    })

    it('has a filtered debdiff without differences that every rebuild causes', async () => {
      const { debdiff } = await comparison(`debdiff(mode: WAIT, filterBoring: true) { ... on Debdiff {
        filtered sections { ... on DebdiffControlFields { package fields { name } } } } }`)
      const control = debdiff.sections.filter((section: { package?: string }) => section.package)
      expect(debdiff.filtered).toBe(true)
      expect(control).toEqual([{ package: 'tea', fields: [{ name: 'Depends' }] }])
    })

    it('has a diffoscope report with counts', async () => {
      const { diffoscope } = await comparison(`diffoscope(mode: WAIT) { ... on Diffoscope {
        complete incompleteReasons { kind } stat { nodes hunks added removed } text { content { text } } } }`)
      expect(diffoscope.complete).toBe(true)
      expect(diffoscope.incompleteReasons).toEqual([])
      expect(diffoscope.stat.added).toBeGreaterThan(0)
      expect(diffoscope.stat.removed).toBeGreaterThan(0)
      const { text } = diffoscope.text.content
      expect(text).toContain('-schwarz')
      expect(text).toContain('+weiß')
      expect(text).toContain('Package is only in the old run')
      expect(text).toContain('Package is only in the new run')
    })

    describe.each([
      { kind: 'debdiff', type: 'Debdiff', filterBoring: false },
      { kind: 'debdiff', type: 'Debdiff', filterBoring: true },
      { kind: 'diffoscope', type: 'Diffoscope', filterBoring: false },
      { kind: 'diffoscope', type: 'Diffoscope', filterBoring: true },
    ])('in every format, as $kind with filterBoring $filterBoring', ({ kind, type, filterBoring }) => {
      it('has the same content and ETag in its field and at its URL', async () => {
        const diffs = await comparison(
          `${kind}(mode: WAIT, filterBoring: ${filterBoring}) { __typename ... on ${type} { ${RENDERINGS} } ... on Error { message } }`,
        )
        expect(diffs[kind].__typename).toBe(type)
        const etags = new Set<string>()
        for (const format of FORMATS) {
          const { mediaType, url, etag, content } = diffs[kind][format]
          expect(content.truncated).toBe(false)
          expect(content.text).not.toBe('')
          expect(url.startsWith(`${service.url}/`)).toBe(true)
          const path = url.slice(service.url.length)
          const served = await service.ask(path)
          expect(served.status).toBe(200)
          expect(served.text).toBe(content.text)
          expect(served.headers.etag).toBe(etag)
          expect(served.headers['content-type']).toBe(`${mediaType}; charset=utf-8`)
          const again = await service.ask(path, { headers: { 'if-none-match': etag } })
          expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag])
          const changed = await service.ask(path, { headers: { 'if-none-match': '"another"' } })
          expect(changed.status).toBe(200)
          etags.add(etag)
        }
        expect(etags.size).toBe(FORMATS.length)
      })
    })
  })
}
