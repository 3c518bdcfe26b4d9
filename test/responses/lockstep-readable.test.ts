import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip, createGzip } from 'node:zlib'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { LockstepReadable } from '../../src/responses/lockstep-readable.ts'

const CHUNK_BYTES = 256 * 1024

/** Chunks that share a buffer: each is overwritten when the next one is requested. */
class Source {
  requested = 0
  ended = false
  readonly #count: number
  readonly #failsAt: number

  constructor(count: number, failsAt = Number.POSITIVE_INFINITY) {
    this.#count = count
    this.#failsAt = failsAt
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const memory = Buffer.alloc(CHUNK_BYTES)
    try {
      while (this.requested < this.#count) {
        if (this.requested === this.#failsAt) throw new Error('the disk is on fire')
        yield memory.fill(++this.requested)
      }
    } finally {
      memory.fill(0)
      this.ended = true
    }
  }
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(source: Source): Promise<string> {
  const server = Fastify()
  server.get('/', (_request, reply) => reply.send(new LockstepReadable(source.chunks())))
  server.get('/packed', (_request, reply) =>
    reply
      .header('content-encoding', 'gzip')
      .send(new LockstepReadable(source.chunks()).pipe(createGzip({ level: 1 }))),
  )
  closers.push(() => server.close())
  return server.listen({ host: '127.0.0.1', port: 0 })
}

async function open(url: string): Promise<IncomingMessage> {
  const request = get(url, { agent: false })
  closers.push(() => request.destroy())
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return answer
}

/** Whether each chunk has arrived as it was when it was produced. */
async function isIntact(body: AsyncIterable<Buffer>, count: number, pauseMs = 0): Promise<boolean> {
  let at = 0
  for await (const bytes of body) {
    for (let i = 0; i < bytes.length; i += 997)
      if (bytes[i] !== Math.floor((at + i) / CHUNK_BYTES) + 1) return false
    at += bytes.length
    if (pauseMs > 0) await sleep(pauseMs)
  }
  return at === count * CHUNK_BYTES
}

/** Waits until a source has produced no chunk for a while. */
async function stalled(source: Source): Promise<void> {
  for (let before = -1; before !== source.requested; ) {
    before = source.requested
    await sleep(200)
  }
}

describe('a body whose chunks share a buffer', () => {
  it.each([
    ['at once', 0],
    ['slowly', 1],
  ])('arrives intact at a client that reads it %s', async (_how, pauseMs) => {
    const source = new Source(100)
    expect(await isIntact(await open(await serve(source)), 100, pauseMs)).toBe(true)
    expect(source.ended).toBe(true)
  })

  it('arrives intact if it is compressed', async () => {
    const answer = await open(`${await serve(new Source(50))}/packed`)
    expect(await isIntact(answer.pipe(createGunzip()), 50)).toBe(true)
  })

  it('is not produced while the client does not read, and ends when the client disconnects', async () => {
    const source = new Source(10_000)
    const answer = await open(await serve(source))
    answer.pause()
    await stalled(source)
    // The system buffers some megabytes of a connection.
    expect(source.requested).toBeLessThan(100)
    expect(source.ended).toBe(false)
    answer.destroy()
    await expect.poll(() => source.ended, { timeout: 60_000 }).toBe(true)
  })

  it('breaks the connection if it fails halfway', async () => {
    const source = new Source(100, 50)
    const answer = await open(await serve(source))
    await expect(isIntact(answer, 50)).rejects.toThrow('aborted')
    expect(source.ended).toBe(true)
  })

  it('ends when a client that has stopped reading disconnects while a chunk is being written', async () => {
    const source = new Source(100)
    const server = createServer((_request, response) => {
      const body = new LockstepReadable(source.chunks())
      body.on('error', () => {
        // The client has disconnected.
      })
      body.pipe(response)
      response.once('close', () => body.destroy())
    })
    closers.push(() => server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const answer = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    answer.pause()
    await stalled(source)
    answer.destroy()
    await expect.poll(() => source.ended, { timeout: 60_000 }).toBe(true)
  })
})
