/**
 * Requests to the real store's address and their credentials. Only `fetch` is redirected to the fake store.
 */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { openGcsStore } from '../../src/artifacts/gcs.ts'
import { type FakeGcs, startFakeGcs } from './fake-gcs.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

it('finds the default credentials, exchanges them once, and sends the token to the store', async () => {
  const fake = await startFakeGcs()
  fake.objects.set('run/tea_1_all.deb', { content: Buffer.from('tea') })
  let exchanges = 0
  const tokens = createServer((_, response) => {
    exchanges++
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ access_token: 'a-token', token_type: 'Bearer', expires_in: 3600 }))
  }).listen(0, '127.0.0.1')
  await once(tokens, 'listening')
  const dir = await mkdtemp(join(tmpdir(), 'differ-credentials-'))
  try {
    await writeFile(join(dir, 'subject'), 'who I am')
    await writeFile(
      join(dir, 'credentials.json'),
      JSON.stringify({
        type: 'external_account',
        audience:
          '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/farm',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`,
        credential_source: { file: join(dir, 'subject') },
      }),
    )
    vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'farm')
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(dir, 'credentials.json'))
    const urls = redirectTo(fake)

    const store = await openGcsStore('gs://builds/')
    expect(await store.list('run')).toHaveLength(1)
    expect(await store.list('run')).toHaveLength(1)
    await store.close()
    expect(urls.map((url) => url.split('?')[0])).toEqual(
      Array(2).fill('https://storage.googleapis.com/storage/v1/b/builds/o'),
    )
    expect(fake.requests.map(({ request }) => request.headers.authorization)).toEqual(
      Array(2).fill('Bearer a-token'),
    )
    expect(exchanges).toBe(1)
  } finally {
    tokens.closeAllConnections()
    tokens.close()
    await fake.close()
    await rm(dir, { recursive: true, force: true })
  }
})

it('reads a public bucket without credentials', async () => {
  const fake = await startFakeGcs()
  fake.objects.set('run/tea_1_all.deb', { content: Buffer.from('tea') })
  const home = await mkdtemp(join(tmpdir(), 'differ-credentials-'))
  try {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined)
    vi.stubEnv('HOME', home)
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none')
    redirectTo(fake)
    const store = await openGcsStore('gs://builds/')
    expect(await store.list('run')).toHaveLength(1)
    await store.close()
    expect(fake.requests.map(({ request }) => request.headers.authorization)).toEqual([undefined])
  } finally {
    await fake.close()
    await rm(home, { recursive: true, force: true })
  }
})

it.each(['', '/', '/storage/v1', '/storage/v1/'])(
  'accepts the address of an emulator that ends in "%s"',
  async (end) => {
    const fake = await startFakeGcs()
    try {
      fake.objects.set('run/tea_1_all.deb', { content: Buffer.from('tea') })
      const store = await openGcsStore('gs://builds/', { endpoint: `${fake.endpoint}${end}` })
      expect(await store.list('run')).toHaveLength(1)
      await store.close()
    } finally {
      await fake.close()
    }
  },
)

/** Sends the real store's requests to the fake one. Returns the list of requested URLs, which grows. */
function redirectTo(fake: FakeGcs): string[] {
  const realFetch = fetch
  const urls: string[] = []
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    urls.push(url)
    return realFetch(url.replace('https://storage.googleapis.com', fake.endpoint), init)
  })
  return urls
}
