/** The same summary over REST, GraphQL and on the command line, made with real packages by a running service. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../src/diff/summary/types.ts'
import { differHere } from '../fixtures/command-line.ts'
import { startService, type TestService } from '../fixtures/service.ts'
import { differ } from './processes.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/rules.yaml')

let service: TestService
beforeAll(async () => {
  service = await startService({ env: { DIFFER_RULES: EXAMPLE } })
  const common = { codebase: 'tea', source: 'tea', resultCode: 'success' } as const
  const pot = (mode: number, text: string) => ({
    name: 'tea',
    version: '1.0-1',
    files: { 'usr/bin/pot': { content: '#!/bin/sh\n', mode }, 'usr/share/tea/leaves': text },
  })
  await service.addRun({ id: 'old', campaign: 'unchanged', ...common }, [pot(0o755, 'oolong\n')])
  await service.addRun({ id: 'new', campaign: 'lintian-fixes', ...common }, [pot(0o4755, 'sencha\n')])
  await service.addRun({ id: 'same', campaign: 'unchanged', ...common }, [pot(0o755, 'oolong\n')])
  const relations = { control: { Depends: 'kettle | samovar, debconf' } }
  const fewer = { control: { Depends: 'kettle, debconf' } }
  await service.addRun({ id: 'obsolete', campaign: 'unchanged', ...common }, [
    { ...pot(0o755, 'x\n'), ...relations },
  ])
  await service.addRun({ id: 'tidy', campaign: 'lintian-fixes', ...common }, [
    { ...pot(0o755, 'x\n'), ...fewer },
  ])
  await service.addRun({ id: 'tidied', campaign: 'by-hand', ...common }, [{ ...pot(0o755, 'x\n'), ...fewer }])
  await service.addRun({ id: 'later', campaign: 'unchanged', ...common }, [pot(0o755, 'oolong\n')])
})
afterAll(() => service.close())

describe('/summary/OLD/NEW', () => {
  it('answers with text, the worst finding first', async () => {
    const { status, headers, text } = await service.ask('/summary/old/new')
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(text.split('\n').slice(0, 3)).toEqual([
      'SUBSTANTIVE: The packages differ.',
      'BAD    MODE_SETUID tea usr/bin/pot: The mode is 4755: it runs with the rights of its owner.',
      'VERIFY CONTENT_CHANGED tea usr/share/tea/leaves: The content of a file has changed.',
    ])
  })

  it.each([
    ['text/markdown', '**SUBSTANTIVE.**'],
    ['application/json', '{\n  "version": 1'],
    ['application/sarif+json', '{\n  "$schema"'],
  ])('answers with %s on request', async (accept, beginning) => {
    const { status, headers, text } = await service.ask('/summary/old/new', { headers: { accept } })
    expect([status, headers['content-type']]).toEqual([200, `${accept}; charset=utf-8`])
    expect(text.startsWith(beginning)).toBe(true)
  })

  it('answers 304 to a client that has it, 406 for other formats, 404 for an unknown run', async () => {
    const { headers } = await service.ask('/summary/old/new')
    const again = await service.ask('/summary/old/new', {
      headers: { 'if-none-match': String(headers.etag) },
    })
    const image = await service.ask('/summary/old/new', { headers: { accept: 'image/png' } })
    const unknown = await service.ask('/summary/old/nothing')
    expect([again.status, image.status, unknown.status]).toEqual([304, 406, 404])
  })
})

describe('examples/decide-merge.mjs', () => {
  const decide = async (newRun: string, oldRun = 'old') => {
    const program = join(import.meta.dirname, '../../examples/decide-merge.mjs')
    const result = await promisify(execFile)(process.execPath, [program, service.url, oldRun, newRun]).catch(
      (error) => error,
    )
    return { status: result.code ?? 0, decision: result.stdout.split('\n')[0] }
  }

  it.each([
    ['new', { status: 1, decision: 'reject' }],
    ['same', { status: 0, decision: 'merge' }],
    ['nothing', { status: 2, decision: '' }],
  ])('decides on the run %s', async (run, expected) => {
    expect(await decide(run)).toEqual(expected)
  })

  it.each([
    ['tidy', 'merge'],
    ['tidied', 'review'],
  ])('merges what the rules file expects: %s', async (run, decision) => {
    expect((await decide(run, 'obsolete')).decision).toBe(decision)
  })
})

describe('Comparison.summary', () => {
  const QUERY = `query ($new: String!, $mode: DiffMode!, $severity: [Severity!]) {
    comparison(old: "old", new: $new) { ... on Comparison { summary(mode: $mode) {
      __typename
      ... on Summary {
        verdict rulesVersion text undecided
        findings(first: 1, severity: $severity) { totalCount nodes { rule severity package path old new message } pageInfo { hasNextPage endCursor } }
        noise { class files description }
        packages { package change verdict oldVersion newVersion }
        files(first: 10, substantive: true) { totalCount nodes { path change noise substantive } }
      }
    } } }
  }`
  const summaryOf = async (variables: object) =>
    (await service.graphql(QUERY, variables)).data.comparison.summary

  it('says that it is not made yet, unless it may be made', async () => {
    expect((await summaryOf({ new: 'later', mode: 'CACHED_ONLY' })).__typename).toBe('DiffNotReadyError')
    expect(await summaryOf({ new: 'later', mode: 'WAIT' })).toMatchObject({
      verdict: 'IDENTICAL',
      findings: { totalCount: 0 },
    })
  })

  it('agrees with REST, page by page', async () => {
    const { text } = await service.ask('/summary/old/new', { headers: { accept: 'application/json' } })
    const json = JSON.parse(text) as Summary
    const summary = await summaryOf({ new: 'new', mode: 'WAIT' })
    expect(summary.verdict).toBe(json.verdict)
    expect(summary.findings).toMatchObject({
      totalCount: json.findings.length,
      nodes: json.findings.slice(0, 1),
      pageInfo: { hasNextPage: true },
    })
    expect(summary.files.nodes.map(({ path }: { path: string }) => path)).toEqual([
      'usr/bin/pot',
      'usr/share/tea/leaves',
    ])
    expect(summary.noise.map((one: { class: string }) => one.class)).toEqual(
      json.noise.map((one) => one.class),
    )
    expect(summary.noise.every(({ description }: { description: string }) => description !== '')).toBe(true)
  })

  it('returns only findings of the severities that are asked for', async () => {
    const { findings } = await summaryOf({ new: 'new', mode: 'WAIT', severity: ['VERIFY'] })
    expect(findings.nodes.map(({ rule }: { rule: string }) => rule)).toEqual(['CONTENT_CHANGED'])
  })
})

describe('a rules file', () => {
  const restSummary = async (path: string, accept = 'application/json') =>
    service.ask(path, { headers: { accept } })
  const reason = 'The campaign removes obsolete relations.'

  it('is the one that docs/summary.md shows', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/summary.md'), 'utf8')
    const [, shown] = /```yaml\n(.*?)```/s.exec(page) ?? []
    expect(readFileSync(EXAMPLE, 'utf8')).toContain(shown)
  })

  it('applies by the campaign of the new run, in every form', async () => {
    const json = JSON.parse((await restSummary('/summary/obsolete/tidy')).text) as Summary
    expect(json.verdict).toBe('EXPECTED')
    expect(json.findings).toMatchObject([{ path: 'control:Depends', expected: { reason } }])
    expect(json.expected).toMatchObject([{ reason, findings: 1 }])
    const { text } = await restSummary('/summary/obsolete/tidy', 'text/plain')
    expect(text).toMatch(
      /^EXPECTED: .*\nVERIFY DEPENDENCY_\w+ tea control:Depends: .* \(expected: The campaign/,
    )
    expect(text).toContain('1 finding: 1 VERIFY, 1 of them expected.')
    const markdown = (await restSummary('/summary/obsolete/tidy', 'text/markdown')).text
    expect(markdown).toContain(`*(expected: ${reason})*`)
    const sarif = JSON.parse((await restSummary('/summary/obsolete/tidy', 'application/sarif+json')).text)
    expect(sarif.runs[0].results[0].suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: reason },
    ])
    const other = JSON.parse((await restSummary('/summary/obsolete/tidied')).text) as Summary
    expect([other.verdict, other.findings[0]?.expected, other.expected]).toEqual([
      'SUBSTANTIVE',
      undefined,
      [],
    ])
  })

  it('says the same over GraphQL', async () => {
    const query = `{ comparison(old: "obsolete", new: "tidy") { ... on Comparison { summary(mode: WAIT) { ... on Summary {
      verdict
      packages { verdict }
      expected { rules packages paths reason findings }
      all: findings(first: 9) { nodes { rule severity package path old new message expected { reason } severityChange { from reason } } }
      open: findings(first: 9, expected: false) { totalCount }
    } } } } }`
    const { summary } = (await service.graphql(query)).data.comparison
    const json = JSON.parse((await restSummary('/summary/obsolete/tidy')).text) as Summary
    expect(summary).toEqual({
      verdict: json.verdict,
      packages: [{ verdict: 'EXPECTED' }],
      expected: json.expected,
      all: { nodes: json.findings.map((one) => ({ ...one, severityChange: null })) },
      open: { totalCount: 0 },
    })
  })

  it('says the same on the command line, where --campaign names the campaign of files', async () => {
    const { artifacts } = service.places
    const options = { cwd: service.places.root, env: { DIFFER_TEMP_PATH: service.places.temp } }
    const run = (args: string[]) => differ(args, options)
    const runHere = (args: string[]) => differHere(args, options)
    const sides = [join(artifacts, 'obsolete'), join(artifacts, 'tidy')]
    const rules = ['--rules', EXAMPLE, '--campaign', 'lintian-fixes']
    const summary = await run(['summary', ...sides, '--format', 'json', ...rules])
    expect([summary.code, summary.stderr]).toEqual([0, ''])
    expect(summary.stdout).toBe((await restSummary('/summary/obsolete/tidy')).text)
    const ends = async (...args: string[]) => (await runHere(['check', ...sides, '--fail-on', ...args])).code
    expect([
      await ends('substantive', ...rules),
      await ends('verify', ...rules),
      await ends('verify', '--rules', EXAMPLE),
      await ends('verify'),
      await ends('bad'),
    ]).toEqual([0, 0, 1, 1, 0])
  })

  it('is told from its former content by the entity tag, without making the summary again', async () => {
    const { headers } = await restSummary('/summary/obsolete/tidy')
    const { root } = service.places
    await writeFile(join(root, 'other.yaml'), 'expected: []\n')
    const other = await startService({
      places: service.places,
      ...(service.databaseUrl !== undefined && { databaseUrl: service.databaseUrl }),
      env: { DIFFER_RULES: join(root, 'other.yaml') },
    })
    try {
      const again = await other.ask('/summary/obsolete/tidy', {
        headers: { accept: 'application/json', 'if-none-match': String(headers.etag) },
      })
      expect([again.status, (JSON.parse(again.text) as Summary).verdict]).toEqual([200, 'SUBSTANTIVE'])
      const metrics = (await other.ask('/metrics')).text
      expect(metrics).not.toMatch(/^differ_summaries_total\{.*\} [1-9]/m)
    } finally {
      await other.close()
    }
  })

  it('shows in the metrics to how many findings each entry applied', async () => {
    await restSummary('/summary/obsolete/tidy')
    const { text } = await service.ask('/metrics')
    expect(text).toMatch(/^differ_rules_file_findings\{line="9"\} [1-9]/m)
    expect(text).toMatch(/^differ_rules_file_findings\{line="13"\} 0$/m)
  })

  it('that is invalid stops every command at its start, with the line', async () => {
    const path = join(service.places.root, 'wrong.yaml')
    await writeFile(path, 'expected:\n  - rule: NO_SUCH_RULE\n    reason: x\n')
    const env = { DIFFER_RULES: path, DIFFER_TEMP_PATH: service.places.temp }
    const sides = ['old', 'new'].map((run) => join(service.places.artifacts, run))
    for (const args of [
      ['summary', ...sides],
      ['check', ...sides],
      ['serve', '--port', '0'],
    ]) {
      const start = args[0] === 'serve' ? differ : differHere
      const { code, stderr } = await start(args, { cwd: service.places.root, env })
      expect([code, stderr]).toEqual([2, expect.stringContaining('line 2: there is no rule "NO_SUCH_RULE"')])
    }
    // Doctor would start all the programs that diffoscope uses.
    const withoutTool = { ...env, DIFFER_DIFFOSCOPE_COMMAND: 'false' }
    const doctor = await differ(['doctor'], { cwd: service.places.root, env: withoutTool })
    expect(doctor.stdout).toContain('line 2: there is no rule')
    const missing = await differ(['summary', ...sides, '--rules', 'nothing.yaml'], {
      cwd: service.places.root,
      env,
    })
    expect(missing.stderr).toContain('nothing.yaml cannot be read (ENOENT)')
  })

  it('has its entries listed by differ check if they should have applied but did not', async () => {
    const path = join(service.places.root, 'stale.yaml')
    await writeFile(
      path,
      'expected:\n  - rule: SONAME_CHANGED\n    package: tea\n    reason: a new library\n',
    )
    const sides = ['old', 'new'].map((run) => join(service.places.artifacts, run))
    const env = { DIFFER_RULES: path, DIFFER_TEMP_PATH: service.places.temp }
    const { code, stderr } = await differ(['check', ...sides], { cwd: service.places.root, env })
    expect([code, stderr]).toEqual([
      1,
      `${path}, line 2: applied to no finding: SONAME_CHANGED (a new library)\n`,
    ])
  })
})
