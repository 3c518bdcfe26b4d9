/** A cache in front of the service: nginx with the configuration in `examples/`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cachingProxy, NO_NGINX, startNginx, type TestNginx } from '../fixtures/nginx.ts'
import { addPair, ask, rememberingTools, startService, type TestService } from '../fixtures/service.ts'

if (NO_NGINX !== null) console.warn(`skipped: ${NO_NGINX}`)

const URLS = `query ($old: ID!, $new: ID!) { comparison(old: $old, new: $new) { ... on Comparison {
  diffoscope { ... on Diffoscope { html { url } } } } } }`

describe.skipIf(NO_NGINX !== null)('a rendering behind a cache', () => {
  let service: TestService
  let isDown = false
  let nginx: TestNginx
  let pair: { old: string; new: string }
  /** With its version. */
  let path: string
  beforeAll(async () => {
    service = await startService({ env: await rememberingTools() })
    nginx = await startNginx(service.url, cachingProxy)
    pair = await addPair(service, 'cdn')
    expect((await service.ask(`/diffoscope/${pair.old}/${pair.new}`)).status).toBe(200)
    const { data } = await service.graphql(URLS, pair)
    path = data.comparison.diffoscope.html.url
  })
  afterAll(async () => {
    await nginx?.stop()
    if (!isDown) await service?.close()
  })
  const get = (at: string, headers: Record<string, string> = {}) => ask(nginx.url, at, { headers })

  it('is kept if its URL names its version, and asks for no cookie', async () => {
    const direct = await service.ask(path)
    for (const state of ['MISS', 'HIT', 'HIT']) {
      const { status, headers, bytes } = await get(path)
      expect([status, headers['x-cache-status'], headers['set-cookie']]).toEqual([200, state, undefined])
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(headers['content-security-policy']).toBe(direct.headers['content-security-policy'])
      expect(bytes.equals(direct.bytes)).toBe(true)
    }
    const { headers } = await get(path)
    expect((await get(path, { 'if-none-match': String(headers.etag) })).status).toBe(304)
  })

  it('is kept in each coding', async () => {
    const plain = await get(path)
    const packed = await get(path, { 'accept-encoding': 'br' })
    expect([packed.headers['x-cache-status'], packed.headers['content-encoding']]).toEqual(['MISS', 'br'])
    expect((await get(path, { 'accept-encoding': 'br' })).headers['x-cache-status']).toBe('HIT')
    expect((await get(path)).bytes.equals(plain.bytes)).toBe(true)
  })

  it.each([
    ['its URL does not name a version', () => path.replace(/\?.*/, '')],
    ['its URL names another version', () => path.replace(/v=[^&]*/, 'v=other')],
    ['it is an error', () => path.replace(pair.old, 'unknown')],
  ])('is not kept if %s', async (_title, url) => {
    for (let time = 0; time < 2; time++) expect((await get(url())).headers['x-cache-status']).toBe('MISS')
  })

  it('is served while the service is down', async () => {
    const { bytes } = await get(path)
    await service.close()
    isDown = true
    const again = await get(path)
    expect([again.status, again.bytes.equals(bytes)]).toEqual([200, true])
    expect((await get('/health')).status).toBe(502)
  })
})
