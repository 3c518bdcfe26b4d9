import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip, createGzip } from 'node:zlib'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { LockstepReadable } from '../../src/responses/lockstep-readable.ts'

const CHUNK_BYTES = 256 * 1024

/** Chunks that all lie in the same memory: each is overwritten as soon as the next one is asked for. */
class Source {
  asked = 0
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
      while (this.asked < this.#count) {
        if (this.asked === this.#failsAt) throw new Error('the disk is on fire')
        yield memory.fill(++this.asked)
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

/** Whether every chunk came as it was when it was handed over. */
async function isRight(body: AsyncIterable<Buffer>, count: number, pauseMs = 0): Promise<boolean> {
  let at = 0
  for await (const bytes of body) {
    for (let i = 0; i < bytes.length; i += 997)
      if (bytes[i] !== Math.floor((at + i) / CHUNK_BYTES) + 1) return false
    at += bytes.length
    if (pauseMs > 0) await sleep(pauseMs)
  }
  return at === count * CHUNK_BYTES
}

describe('a body whose chunks share their memory', () => {
  it.each([
    ['at once', 0],
    ['slowly', 1],
  ])('is right for a client that reads it %s', async (_how, pauseMs) => {
    const source = new Source(100)
    expect(await isRight(await open(await serve(source)), 100, pauseMs)).toBe(true)
    expect(source.ended).toBe(true)
  })

  it('is right where it is compressed', async () => {
    const answer = await open(`${await serve(new Source(50))}/packed`)
    expect(await isRight(answer.pipe(createGunzip()), 50)).toBe(true)
  })

  it('is not made while nobody takes it, and ends when the client goes', async () => {
    const source = new Source(10_000)
    const answer = await open(await serve(source))
    answer.pause()
    let before = -1
    while (before !== source.asked) {
      before = source.asked
      await sleep(200)
    }
    // What the system holds of a connection is some megabytes.
    expect(source.asked).toBeLessThan(100)
    expect(source.ended).toBe(false)
    answer.destroy()
    while (!source.ended) await sleep(10)
  })

  it('that fails halfway breaks off', async () => {
    const source = new Source(100, 50)
    const answer = await open(await serve(source))
    await expect(isRight(answer, 50)).rejects.toThrow('aborted')
    expect(source.ended).toBe(true)
  })

  it('ends when the client goes that takes nothing more, though a chunk is being written', async () => {
    const source = new Source(100)
    const server = createServer((_request, response) => {
      const body = new LockstepReadable(source.chunks())
      body.on('error', () => {})
      body.pipe(response)
      response.once('close', () => body.destroy())
    })
    closers.push(() => server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const answer = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    answer.pause()
    await sleep(100)
    answer.destroy()
    while (!source.ended) await sleep(10)
  })
})
