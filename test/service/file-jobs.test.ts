/** What a running service offers for single files besides their lines: jobs, hidden noise and pictures. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { gzip } from '../diff/file/compress.ts'
import { png } from '../diff/file/pictures.ts'
import { eventually, startService, type TestService } from '../fixtures/service.ts'
import { differ } from './processes.ts'

const TOKEN = 'secret'
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` }
const PICTURE = 'usr/share/pixmaps/tea.png'
const PACKED = 'usr/share/doc/tea/README.gz'
const README = 'How to brew.\n'.repeat(20)
let service: TestService

beforeAll(async () => {
  service = await startService({ env: { DIFFER_TOKEN: TOKEN, DIFFER_REST_MAKING: 'token' } })
  const common = { codebase: 'tea', source: 'tea', resultCode: 'success' } as const
  const tea = (byte: number, level: number) => {
    const pots = ['graphql', 'rest', 'cli'].map((face) => [`usr/bin/${face}`, Buffer.from([0, 1, byte])])
    return {
      name: 'tea',
      version: '1.0-1',
      files: {
        ...(Object.fromEntries(pots) as Record<string, Buffer>),
        'usr/share/tea/leaves': `${byte}\n`,
        [PACKED]: gzip(README, level),
        [PICTURE]: png(2, byte),
        'usr/share/pixmaps/huge.png': png(1, 1, [30_000, byte]),
        'usr/share/pixmaps/tea.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="${byte}"/>`,
      },
    }
  }
  await service.addRun({ id: 'old', campaign: 'unchanged', ...common }, [tea(3, 1)])
  await service.addRun({ id: 'new', campaign: 'lintian-fixes', ...common }, [tea(4, 9)])
})
afterAll(() => service.close())

const query = (path: string, more = '') => `package=tea&path=${encodeURIComponent(path)}${more}`

async function fileOf(args: string, fields: string, headers: Record<string, string> = AUTHORIZED) {
  const { text } = await service.ask('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      query: `{ comparison(old: "old", new: "new") { ... on Comparison { file(package: "tea", ${args}) {
        __typename ... on FileReport { ${fields} } ... on Error { message }
        ... on DiffNotReadyError { job { jobId status file { package path oldPath } } } } } } }`,
    }),
  })
  const { data, errors } = JSON.parse(text)
  return errors ? { errors: errors as { message: string }[] } : data.comparison.file
}

const jobsOf = async (path: string) => {
  const { data } = await service.graphql(
    '{ precacheJobs(first: 50) { ... on PrecacheJobConnection { nodes { status progress file { path } } } } }',
  )
  return data.precacheJobs.nodes.filter((job: { file: { path: string } | null }) => job.file?.path === path)
}
const isDone = (path: string) =>
  eventually(async () => expect(await jobsOf(path)).toMatchObject([{ status: 'DONE', progress: 1 }]))

describe('a binary file is queued', () => {
  it('over GraphQL with mode ENQUEUE, once for all who ask, and then has its report', async () => {
    const args = 'path: "usr/bin/graphql", mode: ENQUEUE'
    const [one, other] = await Promise.all([fileOf(args, 'path'), fileOf(args, 'path')])
    expect(one).toMatchObject({
      __typename: 'DiffNotReadyError',
      job: { file: { package: 'tea', path: 'usr/bin/graphql', oldPath: null } },
    })
    expect(other.job.jobId).toBe(one.job.jobId)
    await isDone('usr/bin/graphql')
    expect(await fileOf(args, 'stat { added }')).toEqual({ __typename: 'FileReport', stat: { added: 1 } })
    // It made nothing else.
    const { data } = await service.graphql(
      '{ comparison(old: "old", new: "new") { ... on Comparison { diffoscope { __typename } } } }',
    )
    expect(data.comparison.diffoscope.__typename).toBe('DiffNotReadyError')
  })

  it('not without the token', async () => {
    const { errors } = await fileOf('path: "usr/bin/rest", mode: ENQUEUE', 'path', {})
    expect(errors?.[0]?.message).toMatch(/token/)
    expect((await service.ask(`/precache/old/new?${query('usr/bin/rest')}`, { method: 'POST' })).status).toBe(
      401,
    )
  })

  it('by POST /precache, and a file that does not exist is a 404', async () => {
    const post = (path: string) =>
      service.ask(`/precache/old/new?${query(path)}`, { method: 'POST', headers: AUTHORIZED })
    expect((await post('usr/bin/rest')).status).toBe(202)
    await isDone('usr/bin/rest')
    expect((await post('usr/bin/rest')).status).toBe(202)
    expect((await post('usr/bin/cup')).status).toBe(404)
    expect((await service.ask(`/file/old/new?${query('usr/bin/rest')}`)).status).toBe(200)
  })

  it('by differ precache --file, which follows the job', async () => {
    const run = (...args: string[]) =>
      differ(['precache', 'old', 'new', '--url', service.url, ...args], {
        cwd: service.places.root,
        env: { DIFFER_TOKEN: TOKEN },
      })
    const followed = await run('--package', 'tea', '--file', 'usr/bin/cli', '--follow')
    expect(followed).toMatchObject({ code: 0, stdout: expect.stringMatching(/done|already cached/) })
    const again = await run('--package', 'tea', '--file', 'usr/bin/cli')
    expect(again.stdout).toBe('The report of the file is cached already.\n')
    expect(await run('--package', 'tea', '--file', 'usr/bin/cup')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has no file "usr/bin/cup"'),
    })
    expect((await run('--file', 'usr/bin/cli')).code).toBe(2)
  })
})

describe('text needs no job', () => {
  it('whatever the mode is, and no token', async () => {
    for (const mode of ['CACHED_ONLY', 'ENQUEUE', 'WAIT'])
      expect((await fileOf(`path: "usr/share/tea/leaves", mode: ${mode}`, 'path', {})).__typename).toBe(
        'FileReport',
      )
    expect(await jobsOf('usr/share/tea/leaves')).toEqual([])
  })
})

describe('noise of a file is hidden', () => {
  const FIELDS = 'id stat { nodes } hidden { class files } text { url content { text } }'
  beforeAll(() => service.ask('/summary/old/new', { headers: AUTHORIZED }))

  it('over GraphQL, under another id, and its renderings are served by their URLs', async () => {
    const whole = await fileOf(`path: "${PACKED}"`, FIELDS)
    const left = await fileOf(`path: "${PACKED}", hide: [ALL]`, FIELDS)
    expect(whole.stat.nodes).toBe(2)
    expect(left).toMatchObject({ stat: { nodes: 1 }, hidden: [{ class: 'GZIP_HEADER', files: 1 }] })
    expect(left.id).not.toBe(whole.id)
    const { data } = await service.graphql(
      'query ($id: ID!) { node(id: $id) { ... on FileReport { stat { nodes } } } }',
      { id: left.id },
    )
    expect(data.node.stat.nodes).toBe(1)
    const { pathname, search } = new URL(left.text.url)
    expect((await service.ask(pathname + search)).text).toBe(left.text.content.text)
  })

  it('over REST, and an unknown class is a 400', async () => {
    const shown = async (hide: string) => service.ask(`/file/old/new?${query(PACKED, hide)}`)
    expect((await shown('')).text).toContain('Only the compression differs.')
    expect((await shown('&hide=all')).text).not.toContain('compression')
    expect((await shown('&hide=mtime')).text).toContain('Only the compression differs.')
    expect((await shown('&hide=nonsense')).status).toBe(400)
  })

  it('on the command line, which says so', async () => {
    const sides = ['old', 'new'].map((id) => join(service.places.artifacts, id))
    const { code, stdout, stderr } = await differ(['diff', ...sides, '--file', PACKED, '--hide', 'all'], {
      cwd: service.places.root,
      env: { DIFFER_TEMP_PATH: service.places.temp },
    })
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('compression')])
    expect(stderr).toContain('GZIP_HEADER 1')
  })
})

describe('a picture', () => {
  const FIELDS = `oldPicture { url mediaType width height size } newPicture { url height }`

  it('has its size, and a URL that serves it under strict headers', async () => {
    const { oldPicture, newPicture } = await fileOf(`path: "${PICTURE}", mode: WAIT`, FIELDS)
    expect(oldPicture).toMatchObject({ mediaType: 'image/png', width: 2, height: 3, size: png(2, 3).length })
    expect(newPicture.height).toBe(4)
    const { pathname, search } = new URL(newPicture.url)
    const response = await fetch(service.url + pathname + search)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': expect.stringContaining('immutable'),
    })
    expect(Buffer.from(await response.arrayBuffer())).toEqual(png(2, 4))
    const again = await service.ask(pathname + search, {
      headers: { 'if-none-match': String(response.headers.get('etag')) },
    })
    expect(again.status).toBe(304)
  })

  it.each([
    ['a picture that is too large to be decoded', `old?${query('usr/share/pixmaps/huge.png')}`],
    ['SVG, which can have scripts', `new?${query('usr/share/pixmaps/tea.svg')}`],
    ['text', `new?${query('usr/share/tea/leaves')}`],
    ['an unknown file', `new?${query('usr/share/pixmaps/cup.png')}`],
    ['an unknown side', `left?${query(PICTURE)}`],
  ])('is not served: %s', async (_what, path) => {
    const { status, headers } = await service.ask(`/pictures/old/new/${path}`)
    expect([status, headers['content-type']]).toEqual([404, expect.not.stringContaining('image/')])
  })

  it('is missing in the report of another file', async () => {
    expect(await fileOf('path: "usr/share/pixmaps/tea.svg"', FIELDS)).toMatchObject({
      oldPicture: null,
      newPicture: null,
    })
  })
})
