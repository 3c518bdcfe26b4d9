/** The same summary over REST, GraphQL and on the command line, made with real packages by a running service. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../src/diff/summary/types.ts'
import { startService, type TestService } from '../fixtures/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
  const common = { codebase: 'tea', source: 'tea', resultCode: 'success' } as const
  const pot = (mode: number, text: string) => ({
    name: 'tea',
    version: '1.0-1',
    files: { 'usr/bin/pot': { content: '#!/bin/sh\n', mode }, 'usr/share/tea/leaves': text },
  })
  await service.addRun({ id: 'old', campaign: 'unchanged', ...common }, [pot(0o755, 'oolong\n')])
  await service.addRun({ id: 'new', campaign: 'lintian-fixes', ...common }, [pot(0o4755, 'sencha\n')])
  await service.addRun({ id: 'same', campaign: 'unchanged', ...common }, [pot(0o755, 'oolong\n')])
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
  const decide = async (newRun: string) => {
    const program = join(import.meta.dirname, '../../examples/decide-merge.mjs')
    const result = await promisify(execFile)(process.execPath, [program, service.url, 'old', newRun]).catch(
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
