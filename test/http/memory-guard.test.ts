/** What a service answers while it is so short of memory that it would soon be ended. */
import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { OverloadedError } from '../../src/errors.ts'
import { registerMemoryGuard } from '../../src/http/memory-guard.ts'

async function statusOf(path: string, error: Error | null): Promise<{ status: number; retryAfter: unknown }> {
  const server = fastify()
  const assertReadable = () => {
    if (error) throw error
  }
  registerMemoryGuard(server, assertReadable, 'text')
  for (const url of ['/health', '/ready', '/metrics', '/graphql', '/debdiff/:old/:new', '/'])
    server.get(url, async () => 'answer')
  const { statusCode, headers } = await server.inject(path)
  return { status: statusCode, retryAfter: headers['retry-after'] }
}

const SHORT = new OverloadedError(15_000, 'The service is short of memory; try again later')

describe('a service short of memory', () => {
  it.each(['/debdiff/a/b', '/'])('refuses to read anything for %s', async (path) => {
    expect(await statusOf(path, SHORT)).toEqual({ status: 503, retryAfter: '15' })
  })

  // GraphQL refuses operations in its own form.
  it.each(['/health', '/ready', '/metrics', '/graphql'])('still answers %s', async (path) => {
    expect((await statusOf(path, SHORT)).status).toBe(200)
  })

  it('answers everything again when it has memory', async () => {
    expect((await statusOf('/debdiff/a/b', null)).status).toBe(200)
  })

  it('does not hide other errors', async () => {
    expect((await statusOf('/debdiff/a/b', new TypeError('a bug'))).status).toBe(500)
  })
})
