/** How the web page is served: caching, content security policy, base path. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startService, type TestService } from '../fixtures/service.ts'

let service: TestService
let behindProxy: TestService
let script: string
beforeAll(async () => {
  service = await startService()
  behindProxy = await startService({
    env: {
      DIFFER_BASE_URL: 'http://farm.example/differ/',
      DIFFER_RUN_URL: 'https://farm.example/runs/{run}?a=1&b="<script>"',
      DIFFER_REVIEW_URL: 'https://farm.example/review/{run}/{verdict}',
    },
  })
  const { text } = await service.ask('/')
  script = `/${/src="\.\/(assets\/[^"]+\.js)"/.exec(text)?.[1]}`
})
afterAll(async () => {
  await service?.close()
  await behindProxy?.close()
})

describe('the page', () => {
  it('has at most 90 KB of compressed script', async () => {
    const { text } = await service.ask(script)
    expect(gzipSync(text, { level: 6 }).length).toBeLessThan(90_000)
  })

  it.each(['/', '/queue', '/compare/some/run', '/?search=tea'])('is served at %s', async (path) => {
    const { status, headers, text } = await service.ask(path)
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(text).toContain('<div id="app">')
    expect(headers['cache-control']).toBe('no-cache')
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'")
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|http:/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    const again = await service.ask(path, { headers: { 'if-none-match': headers.etag as string } })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  it.each([
    '/compare',
    '/compare/one',
    '/compare/a/b/c',
    '/run',
    '/assets/none.js',
    '/index.html',
    '/assets/../main.js',
  ])('does not exist at %s', async (path) => {
    expect((await service.ask(path)).status).toBe(404)
  })

  it('has the templates of links to the farm, with markup as text', async () => {
    const { text } = await behindProxy.ask('/differ/queue')
    expect(text).toContain(
      '<meta name="differ-run-url" content="https://farm.example/runs/{run}?a=1&amp;b=&quot;&lt;script>&quot;" />',
    )
    expect(text).toContain('content="https://farm.example/review/{run}/{verdict}"')
    expect((await service.ask('/')).text).not.toContain('differ-run-url')
  })

  it('only supports GET and HEAD', async () => {
    const head = await service.ask('/', { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    for (const path of ['/', '/queue', '/compare/a/b', '/icon.svg', script]) {
      const { status, headers } = await service.ask(path, { method: 'POST' })
      expect([status, headers.allow]).toEqual([405, 'GET,HEAD'])
    }
  })

  it('has a script that browsers may cache for a year', async () => {
    const { status, headers } = await service.ask(script)
    expect([status, headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8'])
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
  })

  it.each([
    ['br', brotliDecompressSync, 62_000],
    ['gzip', gunzipSync, 70_000],
  ] as const)(
    'is compressed with %s when it is built, so that a slow line has less to carry',
    async (coding, decompress, atMost) => {
      const { bytes: plain } = await service.ask(script)
      const { headers, bytes } = await service.ask(script, { headers: { 'accept-encoding': coding } })
      expect(headers['content-encoding']).toBe(coding)
      expect(headers.etag).toContain(`-${coding}"`)
      expect(decompress(bytes).equals(plain)).toBe(true)
      expect(bytes.length).toBeLessThan(atMost)
    },
  )

  it('loads nothing from other sites', async () => {
    for (const path of ['/', script]) {
      const { text } = await service.ask(path)
      const urls = [...text.matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([url]) => url)
      expect(urls.filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual([])
    }
  })

  it('is served below the base path, whether the proxy removes it or forwards it', async () => {
    for (const path of ['/', '/differ/', '/differ', '/differ/queue', '/differ/compare/a/b']) {
      const { status, text } = await behindProxy.ask(path)
      expect([path, status]).toEqual([path, 200])
      expect(text).toContain('<base href="/differ/" />')
    }
    expect((await behindProxy.ask(`/differ${script}`)).status).toBe(200)
  })

  it('sends only operations that the service knows, also if it executes no others', async () => {
    const only = await startService({ env: { DIFFER_OPERATIONS: 'persisted-only' } })
    try {
      const file = join(import.meta.dirname, '../../web/generated/persisted-documents.json')
      const operations = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
      // Subscriptions never end. They are sent over WebSocket, and are in the same manifest.
      const hashes = Object.keys(operations).filter((hash) => !operations[hash]?.includes('subscription '))
      expect(hashes.length).toBeGreaterThan(10)
      for (const documentId of hashes) {
        const { text } = await only.ask('/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ documentId, variables: {} }),
        })
        // It fails because variables are missing, not because the operation is unknown.
        expect(text).not.toContain('PERSISTED_QUERY')
      }
    } finally {
      await only.close()
    }
  })
})
