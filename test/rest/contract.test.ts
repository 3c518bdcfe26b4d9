/**
 * What clients of the old service rely on, as a table. Each case has a permanent name and the rule that it
 * checks. Add new cases, but do not rename old ones.
 */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import {
  type Answer,
  addPair,
  makeGate,
  makePlaces,
  type Places,
  serviceFixture,
  startService,
  type TestService,
} from '../fixtures/service.ts'

/**
 * The services of the cases: with default settings, with JSON errors by default, and with tools that fail in
 * each way.
 */
type ServiceName = 'plain' | 'json' | 'failing' | 'slow' | 'hungry'

interface Case {
  /** Permanent. */
  readonly name: string
  /** What a client relies on. */
  readonly rule: string
  readonly service?: ServiceName
  readonly path: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly status: number
  readonly reason?: string
  /** Type and charset, to the byte. */
  readonly type?: string
  /** The whole body, or a pattern in it. */
  readonly text?: string | RegExp
  /** The body as JSON. */
  readonly json?: unknown
  /** Exact values or patterns; null for a header that must be absent. */
  readonly sends?: Record<string, string | RegExp | null>
}

const PLAIN = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const DEBDIFF = '/debdiff/c-old/c-new'
const DIFFOSCOPE = '/diffoscope/c-old/c-new'
const typeSent = (mediaType: string, path: string) =>
  path.startsWith('/debdiff') && mediaType === 'text/plain' ? mediaType : `${mediaType}; charset=utf-8`

/**
 * `Accept` headers as real clients send them, and the media types that the old service chose; null is a 406.
 */
const ACCEPTS: readonly [
  name: string,
  accept: string | undefined,
  debdiff: string | null,
  diffoscope: string | null,
][] = [
  ['NONE', undefined, 'text/html', 'text/markdown'],
  ['ANY', '*/*', 'text/html', 'text/markdown'],
  ['STAR', '*', 'text/html', 'text/markdown'],
  ['ANY-TEXT', 'text/*', 'text/html', 'text/markdown'],
  ['PLAIN', 'text/plain', 'text/plain', 'text/plain'],
  ['X-DIFF', 'text/x-diff', 'text/x-diff', null],
  ['MARKDOWN', 'text/markdown', 'text/markdown', 'text/markdown'],
  ['HTML', 'text/html', 'text/html', 'text/html'],
  ['JSON', 'application/json', 'application/json', 'application/json'],
  ['PLAIN-HTML', 'text/plain, text/html', 'text/html', 'text/html'],
  ['HTML-PLAIN', 'text/html, text/plain', 'text/html', 'text/html'],
  ['QUALITIES', 'text/plain;q=0.5, text/html;q=0.4', 'text/plain', 'text/plain'],
  [
    'BROWSER-OLD',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'text/html',
    'text/html',
  ],
  [
    'BROWSER-FIREFOX',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8',
    'text/html',
    'text/html',
  ],
  [
    'BROWSER-CHROMIUM',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
    'text/html',
    'text/html',
  ],
  ['JQUERY-TEXT', 'text/plain, */*; q=0.01', 'text/plain', 'text/plain'],
  ['JQUERY-JSON', 'application/json, text/javascript, */*; q=0.01', 'application/json', 'application/json'],
  ['AXIOS', 'application/json, text/plain, */*', 'text/plain', 'application/json'],
  ['IMAGE-ELEMENT', 'image/avif,image/webp,image/apng,image/*,*/*;q=0.8', 'text/html', 'text/markdown'],
  ['PARAMETER', 'text/html;level=1', 'text/html', 'text/html'],
  ['QUALITY-ABOVE-1', 'text/plain;q=1.5', 'text/plain', 'text/plain'],
  ['UPPER-CASE', 'TEXT/PLAIN', null, null],
  ['IMAGE', 'image/png', null, null],
  ['REFUSED', 'text/plain;q=0', null, null],
  ['TIE', 'text/html;q=0.8,application/json;q=0.8', 'text/html', 'application/json'],
  ['NO-SLASH', 'text', null, null],
  ['NO-SLASH-SKIPPED', 'html, text/markdown', 'text/markdown', 'text/markdown'],
  ['EMPTY', '', null, null],
]

const NOT_ACCEPTABLE = {
  debdiff: 'Acceptable content types: application/json, text/html, text/plain, text/markdown',
  diffoscope: 'Acceptable content types: text/html, text/plain, application/json, text/markdown',
}

const negotiation: Case[] = ACCEPTS.flatMap(([name, accept, ...chosen]) =>
  ([DEBDIFF, DIFFOSCOPE] as const).map((path, index): Case => {
    const kind = index === 0 ? 'debdiff' : 'diffoscope'
    const mediaType = chosen[index]
    const shared = {
      name: `MUST-${kind.toUpperCase()}-ACCEPT-${name}`,
      rule: 'the format is chosen as mimeparse does, and a 406 lists the acceptable ones',
      path,
      ...(accept !== undefined && { headers: { accept } }),
    }
    if (!mediaType)
      return {
        ...shared,
        status: 406,
        type: PLAIN,
        text: NOT_ACCEPTABLE[kind],
        sends: { vary: 'Accept, Accept-Encoding' },
      }
    // The old service sends text/x-diff as text/plain.
    const type = mediaType === 'text/x-diff' ? 'text/plain' : typeSent(mediaType, path)
    return {
      ...shared,
      status: 200,
      type,
      sends: { vary: 'Accept, Accept-Encoding', 'cache-control': 'no-cache', etag: /^"[^"]+"$/ },
    }
  }),
)

/** A failure in both forms. The query asks for the JSON form. */
function failure(
  spec: Omit<Case, 'json' | 'type' | 'text'> & {
    text: string | RegExp
    json: { error: string; details: unknown; run_id: string | null; command: string | null }
  },
): Case[] {
  const { name, path, text, json, ...shared } = spec
  const sends = { vary: 'Accept, Accept-Encoding', 'cache-control': 'no-store', etag: null, ...spec.sends }
  const jsonPath = `${path}${path.includes('?') ? '&' : '?'}error_format=json`
  return [
    { ...shared, name, path, type: PLAIN, text, sends },
    { ...shared, name: `${name}-JSON`, path: jsonPath, type: JSON_TYPE, json, sends },
  ]
}

const missing = (runId: string) => ({ unavailable_run_id: runId })

const failures: Case[] = (['debdiff', 'diffoscope'] as const).flatMap((kind) => {
  const NAME = kind.toUpperCase()
  const command = kind
  return [
    ...failure({
      name: `MUST-${NAME}-404-OLD-UNKNOWN`,
      rule: 'an unknown run is a 404 that names it in a header',
      path: `/${kind}/nobody/c-new`,
      status: 404,
      text: 'missing artifacts',
      sends: missing('nobody'),
      json: { error: 'Run not found', details: 'Run nobody does not exist', run_id: 'nobody', command: null },
    }),
    ...failure({
      name: `MUST-${NAME}-404-NEW-UNKNOWN`,
      rule: 'an unknown new run is a 404, too',
      path: `/${kind}/c-old/nobody`,
      status: 404,
      text: 'missing artifacts',
      sends: missing('nobody'),
      json: { error: 'Run not found', details: 'Run nobody does not exist', run_id: 'nobody', command: null },
    }),
    ...failure({
      name: `MUST-${NAME}-404-OLD-FIRST`,
      rule: 'if both runs are unknown, the header names the old one',
      path: `/${kind}/nobody-old/nobody-new`,
      status: 404,
      text: 'missing artifacts',
      sends: missing('nobody-old'),
      json: {
        error: 'Run not found',
        details: 'Run nobody-old does not exist',
        run_id: 'nobody-old',
        command: null,
      },
    }),
    ...failure({
      name: `MUST-${NAME}-404-OLD-UNSUCCESSFUL-FIRST`,
      rule: 'an unsuccessful old run is reported before an unknown new one; only JSON tells the two cases apart',
      path: `/${kind}/failed/nobody`,
      status: 404,
      text: 'missing artifacts',
      sends: missing('failed'),
      json: {
        error: 'Run not successful',
        details: 'Run failed did not succeed: its result is build-failed',
        run_id: 'failed',
        command: null,
      },
    }),
    ...failure({
      name: `MUST-${NAME}-404-RUNNING`,
      rule: 'a run that has not finished is a 404',
      path: `/${kind}/c-old/running`,
      status: 404,
      text: 'missing artifacts',
      sends: missing('running'),
      json: {
        error: 'Run not successful',
        details: 'Run running has not finished',
        run_id: 'running',
        command: null,
      },
    }),
    ...failure({
      name: `MUST-${NAME}-404-BEFORE-406`,
      rule: 'runs are looked up before the negotiation',
      path: `/${kind}/nobody/c-new`,
      headers: { accept: 'image/png' },
      status: 404,
      text: 'missing artifacts',
      sends: missing('nobody'),
      json: { error: 'Run not found', details: 'Run nobody does not exist', run_id: 'nobody', command: null },
    }),
    ...failure({
      name: `MUST-${NAME}-406-JSON-FORM`,
      rule: 'a 406 has a text and a JSON form like every error',
      path: `/${kind}/c-old/c-new`,
      headers: { accept: 'image/png' },
      status: 406,
      text: NOT_ACCEPTABLE[kind],
      json: {
        error: 'Content negotiation failed',
        details: NOT_ACCEPTABLE[kind],
        run_id: null,
        command: null,
      },
    }),
    ...failure({
      name: `MUST-${NAME}-404-ARTIFACTS`,
      rule: 'a run without artifacts is a 404 with its id in body and header',
      path: `/${kind}/c-old/without`,
      status: 404,
      text: 'No artifacts for run id: without',
      sends: missing('without'),
      json: {
        error: 'Artifacts missing',
        details: 'No artifacts for run id: without',
        run_id: 'without',
        command: null,
      },
    }),
    ...failure({
      name: `MUST-${NAME}-404-NO-PACKAGES`,
      rule: 'a run whose artifacts include no package is a 404, too',
      path: `/${kind}/only-a-log/c-new`,
      status: 404,
      text: 'No artifacts for run id: only-a-log',
      sends: missing('only-a-log'),
      json: {
        error: 'Artifacts missing',
        details: 'No artifacts for run id: only-a-log',
        run_id: 'only-a-log',
        command: null,
      },
    }),
    ...failure({
      name: `MUST-${NAME}-502-STORE`,
      rule: 'a failure of the artifact store is a 502',
      path: `/${kind}/loop/c-new`,
      status: 502,
      text: 'Unable to retrieve artifacts for run id: loop',
      json: {
        error: 'Artifact retrieval failed',
        details: 'Unable to retrieve artifacts for run id: loop',
        run_id: 'loop',
        command: null,
      },
    }),
    ...failure({
      name: `MUST-${NAME}-${kind === 'debdiff' ? 400 : 500}-NO-PACKAGE`,
      rule: 'an invalid package is answered like a failure of the tool',
      path: `/${kind}/c-old/broken`,
      status: kind === 'debdiff' ? 400 : 500,
      reason: kind === 'debdiff' ? 'Bad Request' : 'diffoscope error',
      text: /^hello_1_all\.deb is not a Debian binary package: /,
      json: {
        error: 'Command failed',
        details: expect.stringMatching(/^hello_1_all\.deb is not a Debian binary package: /),
        run_id: null,
        command,
      },
    }),
    ...failure({
      name: `MUST-${NAME}-${kind === 'debdiff' ? 400 : 500}-TOOL`,
      rule: 'the error of a failed tool is its standard error, without the path of its temporary directory',
      service: 'failing',
      path: `/${kind}/c-old/c-new`,
      status: kind === 'debdiff' ? 400 : 500,
      reason: kind === 'debdiff' ? 'Bad Request' : 'diffoscope error',
      text: /^cannot read (?!\/).*member\n$/,
      json: { error: 'Command failed', details: `${kind} failed with exit code 3`, run_id: null, command },
    }),
    ...failure({
      name: `MUST-${NAME}-504-TOOL`,
      rule: 'a tool that exceeds its time limit is a 504',
      service: 'slow',
      path: `/${kind}/c-old/c-new`,
      status: 504,
      text: kind === 'debdiff' ? 'Timeout running debdiff' : 'diffoscope timed out',
      json: { error: 'Command timeout', details: `${kind} took longer than 1 s`, run_id: null, command },
    }),
    ...failure({
      name: `MUST-${NAME}-503-MEMORY`,
      rule: 'a tool that exceeds its memory limit is a 503',
      service: 'hungry',
      path: `/${kind}/c-old/c-new`,
      status: 503,
      text: `${kind} used too much memory`,
      json: {
        error: 'Memory limit exceeded',
        details: `${kind} used more memory than the limit of 200 MB`,
        run_id: null,
        command,
      },
    }),
  ]
})

const ids: Case[] = [
  ['NUL', '%00', ''],
  ['NUL-INSIDE', 'a%00b', 'ab'],
  ['LINE-BREAK', 'a%0d%0aset-cookie:%20x', 'aset-cookie: x'],
  ['LATIN', 'gr%C3%B6%C3%9Fe', 'größe'],
  ['BEYOND-LATIN', '%E2%82%AC%F0%9D%84%9E', '€𝄞'],
  ['SLASH', 'a%2Fb', 'a/b'],
  ['CLIMBING', '..%2F..%2Fetc%2Fpasswd', '../../etc/passwd'],
  ['SPACE', 'a%20b', 'a b'],
  ['PERCENT', '100%25', '100%'],
  ['QUOTE', `'%22;--`, `'";--`],
  ['BAD-ESCAPE', '%zz%', '%zz%'],
  ['NOT-UTF-8', 'a%ff%C3%28', 'a%ff%C3%28'],
  ['LONG', 'x'.repeat(2000), 'x'.repeat(2000)],
].map(([name, id, inHeader]) => ({
  name: `MUST-404-ID-${name}`,
  rule: 'any unknown id is a 404 with the id in the header, as UTF-8 without characters that headers cannot contain',
  path: `/debdiff/${id}/c-new`,
  status: 404,
  type: PLAIN,
  text: 'missing artifacts',
  sends: { unavailable_run_id: inHeader ?? '', 'set-cookie': null },
}))

const paths: Case[] = [
  // `/` and `/queue` were 404 in the old service, too. They are the web page now.
  ...[
    '/nope',
    '/index.html',
    '/debdiff',
    '/debdiff/c-old',
    '/debdiff/c-old/c-new/',
    '/debdiff/c-old/c-new/more',
  ].map(
    (path, index): Case => ({
      name: `MUST-404-PATH-${index + 1}`,
      rule: 'an unknown path, and a known one with a slash at its end, is a 404',
      path,
      status: 404,
      type: PLAIN,
      text: '404: Not Found',
    }),
  ),
  ...['/diffoscope/c-old/c-new/', '/health/', '/ready/', '/HEALTH'].map(
    (path, index): Case => ({
      name: `MUST-404-SLASH-${index + 1}`,
      rule: 'paths are case-sensitive, and a slash at the end matters',
      path,
      status: 404,
      type: PLAIN,
      text: '404: Not Found',
    }),
  ),
  ...(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'] as const).flatMap((method) =>
    [DEBDIFF, DIFFOSCOPE, '/health', '/ready'].map(
      (path): Case => ({
        name: `MUST-405-${method}-${path.split('/')[1]?.toUpperCase()}`,
        rule: 'a method other than GET and HEAD is a 405 that lists these',
        method,
        path,
        status: 405,
        type: PLAIN,
        text: '405: Method Not Allowed',
        sends: { allow: 'GET,HEAD' },
      }),
    ),
  ),
  {
    name: 'MUST-405-WITH-FORM-BODY',
    rule: 'the method is checked before the body',
    method: 'POST',
    path: DEBDIFF,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'a=b',
    status: 405,
    type: PLAIN,
    text: '405: Method Not Allowed',
    sends: { allow: 'GET,HEAD' },
  },
  {
    name: 'MUST-405-WITH-BROKEN-JSON-BODY',
    rule: 'the method is checked before the body',
    method: 'POST',
    path: '/health',
    headers: { 'content-type': 'application/json' },
    body: '{',
    status: 405,
    type: PLAIN,
    text: '405: Method Not Allowed',
    sends: { allow: 'GET,HEAD' },
  },
  ...[
    ['//health', '/health'],
    ['/health//', '/health/'],
    ['//debdiff/a/b', '/debdiff/a/b'],
    ['/debdiff//a///b?filter_boring=1&css_url=//x', '/debdiff/a/b?filter_boring=1&css_url=//x'],
    ['/////example.org/x', '/example.org/x'],
    ['//health?', '/health?'],
    ['//health?a?b', '/health?a?b'],
  ].map(
    ([path, location], index): Case => ({
      name: `MUST-308-SLASHES-${index + 1}`,
      rule: 'repeated slashes in a path are redirected to the merged path with the same query',
      path: path ?? '',
      status: 308,
      type: PLAIN,
      text: '308: Permanent Redirect',
      sends: { location: location ?? '' },
    }),
  ),
  ...['/health', '/ready'].flatMap((path): Case[] => [
    {
      name: `MUST-${path.slice(1).toUpperCase()}-OK`,
      rule: 'a working service answers ok',
      path,
      status: 200,
      type: PLAIN,
      text: 'ok',
    },
    {
      name: `MUST-${path.slice(1).toUpperCase()}-HEAD`,
      rule: 'HEAD is answered like GET, without the body',
      method: 'HEAD',
      path,
      status: 200,
      type: PLAIN,
      text: '',
    },
  ]),
]

const representations: Case[] = [
  {
    name: 'MUST-DEBDIFF-JSON-FORM',
    rule: 'a debdiff as JSON contains ids, versions and the text',
    path: DEBDIFF,
    headers: { accept: 'application/json' },
    status: 200,
    type: JSON_TYPE,
    json: {
      old_run_id: 'c-old',
      new_run_id: 'c-new',
      old_version: '1.0-1',
      new_version: '1.0-1+jan1',
      debdiff: expect.stringContaining('Files in second set of .debs but not in first'),
    },
  },
  {
    name: 'MUST-DEBDIFF-MARKDOWN-FORM',
    rule: 'titles become headings, fields become list items, file lists are indented',
    path: DEBDIFF,
    headers: { accept: 'text/markdown' },
    status: 200,
    text: /^### Control files of package tea: .*\n\* Depends: .*\n\* Version: /m,
  },
  {
    name: 'MUST-DEBDIFF-HTML-ESCAPED',
    rule: "text from packages is escaped: `(>= 2.36)` and the maintainer's address",
    path: DEBDIFF,
    headers: { accept: 'text/html' },
    status: 200,
    text: /<li><pre>Depends: libc6 \(&gt;= <span style="color:red;font-weight:bold">2\.34\)/,
  },
  {
    name: 'MUST-DIFFOSCOPE-JSON-FORM',
    rule: 'the root of the report names both builds',
    path: DIFFOSCOPE,
    headers: { accept: 'application/json' },
    status: 200,
    type: JSON_TYPE,
    json: {
      'diffoscope-json-version': 1,
      source1: 'tea version 1.0-1 (unchanged)',
      source2: 'tea version 1.0-1+jan1 (lintian-fixes)',
      unified_diff: null,
      details: expect.arrayContaining([
        expect.objectContaining({ source1: 'tea_1.0-1_all.deb', source2: 'tea_1.0-1+jan1_all.deb' }),
      ]),
    },
  },
  {
    name: 'MUST-DIFFOSCOPE-TEXT-FORM',
    rule: 'the text is the tree that diffoscope prints',
    path: DIFFOSCOPE,
    headers: { accept: 'text/plain' },
    status: 200,
    text: /^--- tea version 1\.0-1 \(unchanged\)\n\+\+\+ tea version 1\.0-1\+jan1 \(lintian-fixes\)\n/,
  },
  {
    name: 'MUST-DIFFOSCOPE-HTML-TITLE',
    rule: 'the title of the page names the campaign and the source',
    path: DIFFOSCOPE,
    headers: { accept: 'text/html' },
    status: 200,
    text: /<title>diffoscope for lintian-fixes applied to tea<\/title>/,
  },
  {
    name: 'MUST-DIFFOSCOPE-HTML-TITLE-FILTERED',
    rule: 'the title of a filtered page says that it is filtered',
    path: `${DIFFOSCOPE}?filter_boring`,
    headers: { accept: 'text/html' },
    status: 200,
    text: /<title>diffoscope for lintian-fixes applied to tea \(filtered\)<\/title>/,
  },
  {
    name: 'MUST-DIFFOSCOPE-CSS-URL',
    rule: 'the page links css_url',
    path: `${DIFFOSCOPE}?css_url=https%3A%2F%2Fexample.org%2Fa.css%3Fx%3D1%26y`,
    headers: { accept: 'text/html' },
    status: 200,
    text: /<link[^>]+href="https:\/\/example\.org\/a\.css\?x=1&amp;y"/,
  },
  {
    name: 'MUST-IGNORE-UNKNOWN-PARAMETERS',
    rule: 'jquery_url and unknown parameters are ignored',
    path: `${DEBDIFF}?jquery_url=https://example.org/jquery.js&utm_source=x`,
    headers: { accept: 'text/plain' },
    status: 200,
    type: 'text/plain',
    text: /Files in second set of \.debs but not in first/,
  },
  ...(['', '=1', '=yes', '=0', '=false'] as const).map(
    (value): Case => ({
      name: `MUST-DEBDIFF-FILTER${value.toUpperCase()}`,
      rule: 'filter_boring turns the filter on, whatever its value',
      path: `${DEBDIFF}?filter_boring${value}`,
      headers: { accept: 'text/plain' },
      status: 200,
      type: 'text/plain',
      text: /^(?!.*^Version: )(?=.*^Depends: libc6)/ms,
    }),
  ),
  {
    name: 'MUST-DEBDIFF-NOT-FILTERED',
    rule: 'without filter_boring nothing is hidden',
    path: DEBDIFF,
    headers: { accept: 'text/plain' },
    status: 200,
    text: /^Version: \[-1\.0-1-\] \{\+1\.0-1\+jan1\+\}$/m,
  },
  {
    name: 'MUST-ERROR-FORMAT-TEXT-WINS',
    rule: 'error_format in the query overrides the configured format',
    service: 'json',
    path: '/debdiff/nobody/c-new?error_format=text',
    status: 404,
    type: PLAIN,
    text: 'missing artifacts',
    sends: missing('nobody'),
  },
  {
    name: 'MUST-ERROR-FORMAT-DEFAULT',
    rule: 'the configured format applies if error_format is absent or unknown',
    service: 'json',
    path: '/diffoscope/nobody/c-new?error_format=xml',
    status: 404,
    type: JSON_TYPE,
    json: { error: 'Run not found', details: 'Run nobody does not exist', run_id: 'nobody', command: null },
    sends: missing('nobody'),
  },
]

describe("the old service's contract", () => {
  let postgres: TestDatabase
  let places: Places[]
  let services: Record<ServiceName, TestService>

  beforeAll(async () => {
    postgres = await createTestDatabase()
    const shared = await makePlaces()
    const gate = await makeGate(join(shared.root, 'gate'))
    await gate.close()
    places = [shared]
    const start = async (env: Record<string, string>) => {
      const own = await makePlaces()
      places.push(own)
      return startService({
        databaseUrl: postgres.url,
        places: own,
        env: { ARTIFACT_LOCATION: shared.artifacts, ...env },
      })
    }
    const tools = (command: string) => ({
      DIFFER_SANDBOX: 'off',
      DIFFER_DEBDIFF_COMMAND: command,
      DIFFER_DIFFOSCOPE_COMMAND: command,
    })
    services = {
      plain: await start({}),
      json: await start({ DIFFER_ERROR_FORMAT: 'json' }),
      failing: await start(tools(`${serviceFixture('fails')} 3`)),
      slow: await start({ ...gate.env, DIFFER_TASK_TIMEOUT: '1' }),
      hungry: await start({ ...tools(serviceFixture('eats-memory')), DIFFER_TASK_MEMORY_LIMIT: '200' }),
    }
    await addPair(services.plain, 'c')
    await services.plain.addRun({ id: 'failed', resultCode: 'build-failed' }, [])
    await services.plain.addRun({ id: 'running', resultCode: null, finishTime: null }, [])
    for (const id of ['without', 'only-a-log', 'loop', 'broken']) await services.plain.addRun({ id }, [])
    await mkdir(join(shared.artifacts, 'only-a-log'))
    await writeFile(join(shared.artifacts, 'only-a-log', 'build.log'), 'nothing')
    await symlink('loop', join(shared.artifacts, 'loop'))
    await mkdir(join(shared.artifacts, 'broken'))
    await writeFile(join(shared.artifacts, 'broken', 'hello_1_all.deb'), 'not a package')
  })
  afterAll(async () => {
    await Promise.all(Object.values(services ?? {}).map((service) => service.close()))
    await postgres?.stop()
    await Promise.all((places ?? []).map(({ root }) => removeTree(root)))
  })

  const askCase = ({ service = 'plain', path, method, headers = {}, body }: Case) =>
    services[service].ask(path, {
      ...(method && { method }),
      headers,
      ...(body !== undefined && { body }),
    })

  it('has a unique name for each case', () => {
    const names = [...negotiation, ...failures, ...ids, ...paths, ...representations].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  describe.each([
    ['representations', representations],
    ['negotiation', negotiation],
    ['failures', failures],
    ['ids', ids],
    ['paths', paths],
  ] as const)('%s', (_group, cases) => {
    it.each(cases)('$name: $rule', async (row) => {
      const answer = await askCase(row)
      expect(answer.status, answer.text.slice(0, 300)).toBe(row.status)
      if (row.reason) expect(answer.reason).toBe(row.reason)
      if (row.type) expect(answer.headers['content-type']).toBe(row.type)
      if (typeof row.text === 'string') expect(answer.text).toBe(row.text)
      else if (row.text) expect(answer.text).toMatch(row.text)
      if (row.json) expect(JSON.parse(answer.text)).toEqual(row.json)
      for (const [header, value] of Object.entries(row.sends ?? {})) {
        const sent = headerAsSent(answer, header)
        if (value === null) expect(sent).toBeUndefined()
        else if (typeof value === 'string') expect(sent).toBe(value)
        else expect(sent).toMatch(value)
      }
    })
  })

  const formats = [DEBDIFF, DIFFOSCOPE].flatMap((path) =>
    ['text/plain', 'text/html', 'text/markdown', 'application/json'].map((accept) => ({ path, accept })),
  )

  it.each(formats)(
    'MUST-HEAD: HEAD has the status and headers of GET, and no body ($path as $accept)',
    async ({ path, accept }) => {
      const get = await services.plain.ask(path, { headers: { accept } })
      const head = await services.plain.ask(path, { method: 'HEAD', headers: { accept } })
      expect(head.status).toBe(200)
      expect(head.bytes.length).toBe(0)
      expect(get.bytes.length).toBeGreaterThan(0)
      for (const header of ['content-type', 'etag', 'vary', 'cache-control'])
        expect([header, head.headers[header]]).toEqual([header, get.headers[header]])
    },
  )

  it.each(formats)(
    'MUST-304: a body that the client already has is not sent again ($path as $accept)',
    async ({ path, accept }) => {
      const { headers } = await services.plain.ask(path, { headers: { accept } })
      const etag = headers.etag ?? ''
      for (const sent of [etag, `"x", ${etag}`, `W/${etag}`, '*']) {
        const answer = await services.plain.ask(path, { headers: { accept, 'if-none-match': sent } })
        expect([sent, answer.status, answer.bytes.length, answer.headers.etag]).toEqual([sent, 304, 0, etag])
        expect(answer.headers.vary).toBe('Accept, Accept-Encoding')
        expect(answer.headers['cache-control']).toBe('no-cache')
      }
      const other = await services.plain.ask(path, {
        headers: { accept, 'if-none-match': `"x${etag.slice(1)}` },
      })
      expect(other.status).toBe(200)
    },
  )

  it('MUST-ETAG-PER-REPRESENTATION: format, filter and css_url each change the ETag', async () => {
    const requests = formats.flatMap(({ path, accept }) => [
      { path, accept },
      { path: `${path}?filter_boring`, accept },
    ])
    requests.push({ path: `${DIFFOSCOPE}?css_url=/a.css`, accept: 'text/html' })
    const etags = await Promise.all(
      requests.map(
        async ({ path, accept }) => (await services.plain.ask(path, { headers: { accept } })).headers.etag,
      ),
    )
    expect(new Set(etags).size).toBe(requests.length)
  })

  it('MUST-DEBDIFF-BYTES: a plain debdiff is the cached file, byte for byte', async () => {
    const { bytes } = await services.plain.ask(DEBDIFF, { headers: { accept: 'text/plain' } })
    const cached = await readFile(join(services.plain.places.cache, 'debdiff', 'c-old_c-new'))
    expect(bytes.equals(cached)).toBe(true)
  })

  it('MUST-UNAVAILABLE-RUN-ID-LOWER-CASE: the header is sent in lower case, with underscores', async () => {
    const { rawHeaders } = await services.plain.ask('/debdiff/nobody/c-new')
    expect(rawHeaders).toContain('unavailable_run_id')
  })

  it.each([
    'javascript:alert(1)',
    'data:text/css,x',
    '"><script>alert(1)</script>',
    'https://example.org/"><script>alert(1)</script>',
  ])('MUST-CSS-URL-INERT: a css_url like %s can only become a stylesheet', async (url) => {
    const { status, text } = await services.plain.ask(`${DIFFOSCOPE}?css_url=${encodeURIComponent(url)}`, {
      headers: { accept: 'text/html' },
    })
    expect(status).toBe(200)
    expect(text).not.toContain('alert(1)</script>')
    expect(text).not.toMatch(/href="(javascript|data):/)
  })
})

/** Node.js reads header values as Latin-1; Differ sends UTF-8. */
function headerAsSent({ headers }: Answer, name: string): string | undefined {
  const value = headers[name]
  return value === undefined ? undefined : Buffer.from(String(value), 'latin1').toString('utf8')
}
