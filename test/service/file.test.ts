/** The same report of a file over REST, GraphQL and on the command line, made from real packages by a running service. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startService, type TestService } from '../fixtures/service.ts'
import { differ } from './processes.ts'

const TOKEN = 'secret'
let service: TestService
beforeAll(async () => {
  service = await startService({ env: { DIFFER_TOKEN: TOKEN, DIFFER_REST_MAKING: 'token' } })
  const common = { codebase: 'tea', source: 'tea', resultCode: 'success' } as const
  const pot = (text: string, last: number) => ({
    name: 'tea',
    version: '1.0-1',
    files: {
      'usr/share/tea/leaves': text,
      'usr/share/tea/<b>&': text,
      'usr/bin/pot': Buffer.from([0, 1, 2, last]),
      'usr/lib/tea/spout': Buffer.from([0, 5, 6, last]),
    },
  })
  await service.addRun({ id: 'old', campaign: 'unchanged', ...common }, [pot('oolong\n', 3)])
  await service.addRun({ id: 'new', campaign: 'lintian-fixes', ...common }, [pot('sencha\n', 4)])
})
afterAll(() => service.close())

const LEAVES = '/file/old/new?package=tea&path=usr/share/tea/leaves'
const authorization = `Bearer ${TOKEN}`

describe('/file/OLD/NEW', () => {
  it('answers with text', async () => {
    const { status, headers, text } = await service.ask(LEAVES)
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(text).toBe(
      [
        '--- tea version 1.0-1 (unchanged)',
        '+++ tea version 1.0-1 (lintian-fixes)',
        '├── usr/share/tea/leaves',
        '│ @@ -1 +1 @@',
        '│ -oolong',
        '│ +sencha',
        '',
      ].join('\n'),
    )
  })

  it.each([
    ['text/markdown', /\+sencha/],
    ['application/json', /"source1": "usr\/share\/tea\/leaves"/],
    ['text/html', /<ins>|<span class="diffponct">|sencha/],
  ])('answers with %s on request, and 304 to a client that has it', async (accept, content) => {
    const { status, headers, text } = await service.ask(LEAVES, { headers: { accept } })
    expect([status, headers['content-type']]).toEqual([200, `${accept}; charset=utf-8`])
    expect(text).toMatch(content)
    const again = await service.ask(LEAVES, { headers: { accept, 'if-none-match': String(headers.etag) } })
    expect(again.status).toBe(304)
  })

  it('escapes names in HTML', async () => {
    const path = encodeURIComponent('usr/share/tea/<b>&')
    const { text } = await service.ask(`/file/old/new?package=tea&path=${path}`, {
      headers: { accept: 'text/html' },
    })
    expect(text).toContain('&lt;b&gt;&amp;')
    expect(text).not.toContain('<b>&')
  })

  it.each([
    ['no file named', '/file/old/new', 400],
    ['an unknown file', '/file/old/new?package=tea&path=usr/bin/cup', 404],
    ['an unknown package', '/file/old/new?package=coffee&path=usr/bin/pot', 404],
    ['an unknown run', '/file/old/nothing?package=tea&path=usr/bin/pot', 404],
    ['a binary file without the token', '/file/old/new?package=tea&path=usr/bin/pot', 401],
  ])('refuses %s', async (_what, path, status) => {
    expect((await service.ask(path)).status).toBe(status)
  })

  it('compares a binary file for a client with the token', async () => {
    const path = '/file/old/new?package=tea&path=usr/bin/pot'
    const { status, text } = await service.ask(path, { headers: { authorization } })
    expect(status).toBe(200)
    expect(text).toContain('-00000000: 0001 0203')
    // Cached for everyone now.
    expect((await service.ask(path)).text).toBe(text)
  })
})

describe('Comparison.file', () => {
  const FIELDS = `__typename
    ... on FileReport {
      id package path oldPath complete stat { nodes added }
      nodes(first: 10) { nodes { id source2 hunks(first: 5) { nodes { lines(first: 9) { nodes { kind text } } } } } }
      text { url content { text } }
    }
    ... on Error { message }`
  const fileOf = async (path: string) => {
    const query = `query ($path: String!) {
      comparison(old: "old", new: "new") { ... on Comparison { file(package: "tea", path: $path) { ${FIELDS} } } }
    }`
    const { text } = await service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { path } }),
    })
    return JSON.parse(text).data.comparison.file
  }

  it('has the lines of text without the token, as REST has them', async () => {
    const file = await fileOf('usr/share/tea/leaves')
    expect(file).toMatchObject({
      package: 'tea',
      path: 'usr/share/tea/leaves',
      oldPath: null,
      complete: true,
    })
    expect(file.nodes.nodes[0].hunks.nodes[0].lines.nodes).toEqual([
      { kind: 'REMOVED', text: 'oolong' },
      { kind: 'ADDED', text: 'sencha' },
    ])
    expect(file.text.content.text).toBe((await service.ask(LEAVES)).text)
    const { pathname, search } = new URL(file.text.url)
    expect((await service.ask(pathname + search)).text).toBe(file.text.content.text)
  })

  it.each([
    ['without the token is refused', {}, null, /token/],
    ['with the token is made', { authorization }, 'FileReport', /^$/],
  ] as const)('of a binary file with mode WAIT %s', async (_, headers, typename, message) => {
    const path = 'usr/lib/tea/spout'
    const query = `query ($path: String!) { comparison(old: "old", new: "new") { ... on Comparison {
      file(package: "tea", path: $path, mode: WAIT) { __typename ... on FileReport { stat { nodes } } } } } }`
    const { text } = await service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables: { path } }),
    })
    const { data, errors = [] } = JSON.parse(text)
    expect(data?.comparison?.file?.__typename ?? null).toBe(typename)
    expect(errors.map((error: { message: string }) => error.message).join()).toMatch(message)
  })

  it('can be found again by the ids of the report and of its nodes', async () => {
    const { id, nodes } = await fileOf('usr/share/tea/leaves')
    const { data } = await service.graphql(
      'query ($id: ID!, $node: ID!) { file: node(id: $id) { ... on FileReport { path } } node: node(id: $node) { ... on DiffNode { source2 } } }',
      { id, node: nodes.nodes[0].id },
    )
    expect(data).toEqual({
      file: { path: 'usr/share/tea/leaves' },
      node: { source2: 'usr/share/tea/leaves' },
    })
  })

  it('says which file is missing', async () => {
    expect((await fileOf('control/md5sums')).__typename).toBe('FileNotFoundError')
  })

  it('is where the files of a summary lead to', async () => {
    const query = `{ comparison(old: "old", new: "new") { ... on Comparison { summary(mode: WAIT) { ... on Summary {
      files(first: 10) { nodes { path report { __typename ... on FileReport { path text { content { text } } } } } }
    } } } } }`
    const { text } = await service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query }),
    })
    const files = JSON.parse(text).data.comparison.summary.files.nodes
    const leaves = files.find((file: { path: string }) => file.path === 'usr/share/tea/leaves')
    expect(leaves.report.text.content.text).toBe((await service.ask(LEAVES)).text)
  })
})

describe('differ diff --file', () => {
  const run = async (...args: string[]) => {
    const sides = ['old', 'new'].map((id) => join(service.places.artifacts, id))
    const {
      code: status,
      stdout,
      stderr,
    } = await differ(['diff', ...sides, ...args], {
      cwd: service.places.root,
      env: { DIFFER_TEMP_PATH: service.places.temp },
    })
    return { status, output: stdout, error: stderr }
  }

  it('prints the lines that differ', async () => {
    const { status, output } = await run('--file', 'usr/share/tea/leaves')
    expect(status).toBe(1)
    expect(output).toContain('│ -oolong\n│ +sencha\n')
  })

  it('needs an existing file, and a tool that compares files', async () => {
    expect(await run('--file', 'usr/bin/cup')).toMatchObject({
      status: 2,
      error: expect.stringContaining('has no file "usr/bin/cup"'),
    })
    expect((await run('--file', 'x', '--tool', 'debdiff')).status).toBe(2)
    expect((await run('--package', 'tea')).status).toBe(2)
  })
})
