/**
 * Compares and summarises hostile packages over GraphQL and REST, with and without the sandbox: a part of them
 * in `hostile.test.ts`, all of them in `hostile.long.ts`.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../src/diff/summary/types.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { eventually, NO_TRACES, startService, type TestService, tracesOf } from '../fixtures/service.ts'
import { type Bomb, buildOrdinary, HOSTILE, type HostilePackage } from './corpus.ts'

export type SandboxMode = 'require' | 'off'

const FORMATS = ['text', 'markdown', 'html', 'json'] as const
const SUMMARY_TYPES = ['text/plain', 'text/markdown', 'application/json', 'application/sarif+json']
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal would obey
const CONTROL_CHARACTERS = /[\0-\x08\x0b-\x1f\x7f]/

/** Builds each package and the one that it is compared with into `new0`, `old0`, `new1` … in `dir`. */
async function buildAll(dir: string): Promise<void> {
  for (const [n, { make, old = buildOrdinary }] of HOSTILE.entries()) {
    await mkdir(join(dir, `old${n}`))
    await old(join(dir, `old${n}`))
    await mkdir(join(dir, `new${n}`))
    await make(join(dir, `new${n}`))
  }
}

/**
 * Summarises all packages in both modes, and expects equal summaries.
 * @param isComparedWithoutSandbox whether the tools compare a package without the sandbox, too
 */
export function describeHostile(isComparedWithoutSandbox: (hostile: HostilePackage) => boolean): void {
  let packages: string
  beforeAll(async () => {
    packages = await mkdtemp(join(tmpdir(), 'differ-hostile-'))
    await buildAll(packages)
  })
  afterAll(() => removeTree(packages))
  /** Each summary as JSON by the package's title, from the service with a sandbox. */
  const sandboxed = new Map<string, string>()

  describe.each<SandboxMode>(['require', 'off'])('with DIFFER_SANDBOX=%s', (sandbox) => {
    let service: TestService
    beforeAll(async () => {
      service = await startService({ env: { DIFFER_SANDBOX: sandbox, ARTIFACT_LOCATION: packages } })
      for (const n of HOSTILE.keys()) {
        const run = { codebase: `evil${n}`, source: 'evil', version: '1-1' }
        for (const side of ['old', 'new']) await service.addRun({ ...run, id: `${side}${n}` }, [])
      }
    })
    afterAll(() => service?.close())

    describe.each(HOSTILE.map((hostile, n) => ({ ...hostile, n })))('$title', ({ n, ...hostile }) => {
      const { title, refusal, never, shows, seen } = hostile
      const isSummarised = async () => {
        const answers = await Promise.all(
          SUMMARY_TYPES.map((accept) => service.ask(`/summary/old${n}/new${n}`, { headers: { accept } })),
        )
        const [text, markdown, json, sarif] = answers.map((answer) => answer.text) as [
          string,
          string,
          string,
          string,
        ]
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
        // What a terminal would interpret is spelled out.
        expect(text).not.toMatch(CONTROL_CHARACTERS)
        expect(markdown).not.toMatch(CONTROL_CHARACTERS)
        if (never) expect(markdown).not.toMatch(never)
        expect(text.split('\n').length).toBeLessThan(210)
        const { verdict, findings, undecided } = JSON.parse(json) as Summary
        expect(JSON.parse(sarif).runs[0].properties.verdict).toBe(verdict)
        expect(verdict).not.toBe('IDENTICAL')
        if (verdict === 'UNDECIDED') expect(undecided).not.toEqual([])
        const query = `{ comparison(old: "old${n}", new: "new${n}") { ... on Comparison { summary(mode: WAIT) { __typename ... on Error { message } ... on Summary { verdict undecided findings(first: 100) { totalCount nodes { rule severity package path old new message } } text markdown } } } } }`
        const { summary } = (await service.graphql(query)).data.comparison
        expect(summary).toEqual({
          __typename: 'Summary',
          verdict,
          undecided,
          findings: { totalCount: findings.length, nodes: findings.slice(0, 100) },
          text,
          markdown,
        })
        if (sandbox === 'require') sandboxed.set(title, json)
        else expect(json).toBe(sandboxed.get(title))
      }

      const isRefused = async () => {
        const query = `{ comparison(old: "old${n}", new: "new${n}") { ... on Comparison { summary(mode: WAIT) { __typename ... on InvalidPackageError { filename reason } } } } }`
        expect((await service.graphql(query)).data.comparison.summary).toEqual({
          __typename: 'InvalidPackageError',
          filename: 'evil_1-1_all.deb',
          reason: expect.stringMatching(refusal ?? /^$/),
        })
        const { status, text } = await service.ask(`/summary/old${n}/new${n}`)
        expect([status, text]).toEqual([500, expect.stringMatching(refusal ?? /^$/)])
      }

      const isRejected = async () => {
        const tools = async () =>
          [
            ...(await service.ask('/metrics')).text.matchAll(
              /^differ_tool_duration_seconds_count.* (\d+)$/gm,
            ),
          ].map(([, count]) => count)
        const before = await tools()
        const { data } = await service.graphql(
          `{ comparison(old: "old${n}", new: "new${n}") { ... on Comparison { debdiff(mode: WAIT) { __typename ... on InvalidPackageError { filename reason retryable } } } } }`,
        )
        expect(data.comparison.debdiff).toEqual({
          __typename: 'InvalidPackageError',
          filename: 'evil_1-1_all.deb',
          reason: expect.stringMatching(refusal ?? /^$/),
          retryable: false,
        })
        const answers = await Promise.all(
          ['debdiff', 'diffoscope'].map((kind) => service.ask(`/${kind}/old${n}/new${n}`)),
        )
        expect(answers.map(({ status }) => status)).toEqual([400, 500])
        for (const { text } of answers) expect(text).toMatch(refusal ?? /^$/)
        expect(await tools()).toEqual(before)
      }

      const isCompared = async () => {
        const renderings = FORMATS.map((format) => `${format} { url content { text } }`).join(' ')
        const { data, errors } = await service.graphql(
          `{ comparison(old: "old${n}", new: "new${n}") { ... on Comparison {
          debdiff(mode: WAIT) { __typename ... on Error { message } ... on Debdiff { sections { title } ${renderings} } }
          diffoscope(mode: WAIT) { __typename ... on Error { message } ... on Diffoscope { complete ${renderings} nodes(first: 20) { nodes { source1 source2 path hunks(first: 3) { nodes { lines { nodes { text } } } } } } } } } } }`,
        )
        expect(errors).toBeUndefined()
        const { debdiff, diffoscope } = data.comparison
        expect([debdiff.__typename, debdiff.message]).toEqual(['Debdiff', undefined])
        expect([diffoscope.__typename, diffoscope.message]).toEqual(['Diffoscope', undefined])
        for (const diff of [debdiff, diffoscope]) {
          for (const format of FORMATS) {
            const served = await service.ask(
              new URL(diff[format].url).pathname + new URL(diff[format].url).search,
            )
            expect(served.status).toBe(200)
            expect(served.headers['x-content-type-options']).toBe('nosniff')
            // A package's markup must be escaped in HTML; in JSON and text it is not interpreted.
            if (never && (format === 'html' || never.source.includes('root')))
              expect(diff[format].content.text).not.toMatch(never)
          }
          if (shows) expect(debdiff.text.content.text + diffoscope.text.content.text).toMatch(shows)
        }
        // Names contain the tags that mark changed words.
        if (seen) expect(diffoscope.html.content.text.replace(/<[^>]*>/g, '')).toMatch(seen)
        expect(existsSync('/tmp/differ-was-here')).toBe(false)
      }

      if (refusal) it('is rejected with its name and the reason, and no tool is started', isRejected)
      else if (sandbox === 'require' || isComparedWithoutSandbox(hostile))
        it('is compared, and is harmless in every format', isCompared)

      if (refusal) it('is refused in a summary, too', isRefused)
      else it('is summarised: the same in every form, and in the sandbox as without', isSummarised)
    })

    it('leaves no processes or files behind', async () => {
      expect(await tracesOf(service.places)).toEqual(NO_TRACES)
      expect((await service.ask('/health')).text).toBe('ok')
      expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
    })
  })
}

/** Compares and summarises a bomb with at most 400 MB of memory and two minutes per tool. */
export function describeBomb(
  { title, make, tempLimitMb, ...outcomes }: Bomb,
  modes: readonly SandboxMode[],
): void {
  describe(`a small package of ${title}`, () => {
    it.each(modes)('is compared or ends in a typed error (DIFFER_SANDBOX=%s)', async (sandbox) => {
      const service = await startService({
        env: {
          DIFFER_SANDBOX: sandbox,
          DIFFER_TASK_MEMORY_LIMIT: '400',
          DIFFER_TASK_TEMP_LIMIT: String(tempLimitMb),
          DIFFER_TASK_TIMEOUT: '120',
        },
      })
      try {
        const dirs = []
        for (const id of ['old', 'new']) {
          await service.addRun({ id, codebase: 'bomb', source: 'bomb', version: '1-1' }, [])
          dirs.push(join(service.places.artifacts, id))
          await mkdir(join(service.places.artifacts, id), { recursive: true })
        }
        await make(dirs[0] as string, dirs[1] as string)
        const fields = '__typename ... on Error { message retryAfterMs }'
        for (const kind of ['debdiff', 'diffoscope'] as const) {
          const query = `{ comparison(old: "old", new: "new") { ... on Comparison { diff: ${kind}(mode: WAIT) { ${fields} } } } }`
          const { diff } = (await service.graphql(query)).data.comparison
          expect(diff.__typename, JSON.stringify(diff)).toMatch(outcomes[kind])
          if (/^D(ebdiff|iffoscope)$/.test(diff.__typename)) continue
          // The request may have timed out before the tool, whose failure is then not known.
          if (diff.__typename === 'DiffCommandTimeoutError') continue
          // A permanent failure is not tried again at once.
          const again = await service.graphql(query)
          expect(again.data.comparison.diff).toMatchObject({ ...diff, retryAfterMs: expect.any(Number) })
          const { headers } = await service.ask(`/${kind}/old/new`)
          expect(Number(headers['retry-after'])).toBeGreaterThan(0)
        }
        const summarised = `{ comparison(old: "old", new: "new") { ... on Comparison { summary(mode: WAIT) { ${fields} ... on Summary { verdict undecided } } } } }`
        const { summary } = (await service.graphql(summarised)).data.comparison
        expect(summary.__typename, JSON.stringify(summary)).toMatch(
          /^(Summary|InvalidPackageError|DiffCommand(|Timeout|Memory)Error)$/,
        )
        if (summary.__typename === 'Summary' && summary.verdict === 'UNDECIDED')
          expect(summary.undecided).not.toEqual([])
        // A tree of many files takes a while to remove.
        await eventually(async () => expect(await tracesOf(service.places)).toEqual(NO_TRACES))
      } finally {
        await service.close()
      }
    })
  })
}
