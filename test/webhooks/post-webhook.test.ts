/** Messages to a receiver that does what it should not, on this machine. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { postWebhook } from '../../src/webhooks/post-webhook.ts'
import { blockListOf } from '../../src/webhooks/receiver-address.ts'
import { WebhookError } from '../../src/webhooks/webhook-error.ts'

const SECRET = 'a secret of the tests, long'
const LOOPBACK = blockListOf(['127.0.0.0/8'])
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

interface Received {
  readonly request: IncomingMessage
  readonly body: string
}

/** A receiver that answers with `handle`, and remembers what it got. */
async function receiver(handle: (response: ServerResponse) => void) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    received.push({ request, body: Buffer.concat(chunks).toString() })
    handle(response)
  })
  return { received, port: await listening(server) }
}

/** A receiver that writes these bytes, whatever it gets. */
const rawReceiver = (answer: (socket: Socket) => void) =>
  listening(createTcpServer((socket) => void socket.once('data', () => answer(socket))))

const post = (port: number, options: object = {}, signal = new AbortController().signal) =>
  postWebhook(
    {
      url: `http://127.0.0.1:${port}/hooks?key=hush`,
      secret: SECRET,
      allowed: LOOPBACK,
      timeoutMs: 1_000,
      ...options,
    },
    { id: 'message-1', body: '{"a":"ä"}' },
    signal,
  )

async function failureOf(result: Promise<void>): Promise<WebhookError> {
  const error = await result.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(WebhookError)
  return error as WebhookError
}

describe('a webhook', () => {
  it('is signed with its id, its time and its body, as receivers check it', async () => {
    const { received, port } = await receiver((response) => response.writeHead(204).end())
    await post(port)
    const [{ request, body } = { request: null, body: '' }] = received
    expect(request?.method).toBe('POST')
    expect(request?.url).toBe('/hooks?key=hush')
    expect(request?.headers.host).toBe(`127.0.0.1:${port}`)
    expect(body).toBe('{"a":"ä"}')
    const {
      'webhook-id': id,
      'webhook-timestamp': time,
      'webhook-signature': signature,
    } = request?.headers ?? {}
    expect(id).toBe('message-1')
    expect(Math.abs(Date.now() / 1000 - Number(time))).toBeLessThan(60)
    const hmac = createHmac('sha256', SECRET).update(`${id}.${time}.${body}`).digest('base64')
    expect(signature).toBe(`v1,${hmac}`)
  })

  it('takes the key from Base64 after whsec_', async () => {
    const { received, port } = await receiver((response) => response.end('ok'))
    const key = Buffer.alloc(32, 7)
    await post(port, { secret: `whsec_${key.toString('base64')}` })
    const headers: IncomingHttpHeaders = received[0]?.request.headers ?? {}
    const text = `message-1.${headers['webhook-timestamp']}.{"a":"ä"}`
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(text).digest('base64')}`)
  })

  it.each([
    [301, false],
    [302, false],
    [307, false],
    [308, false],
    [400, false],
    [401, false],
    [404, false],
    [410, false],
    [408, true],
    [429, true],
    [500, true],
    [502, true],
    [503, true],
  ])('fails with the status %i; is sent again: %s', async (status, retryable) => {
    const other = await receiver((response) => response.end())
    const { received, port } = await receiver((response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${other.port}/` }).end(),
    )
    const error = await failureOf(post(port))
    expect(error.retryable).toBe(retryable)
    expect(error.message).toContain(String(status))
    expect(error.message).not.toMatch(/hush|hooks/)
    expect(received).toHaveLength(1)
    expect(other.received).toEqual([])
  })

  it.each<[what: string, answer: (socket: Socket) => void]>([
    ['closes the connection', (socket) => socket.destroy()],
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['does not speak HTTP', (socket) => socket.end('220 smtp.example.org ready\r\n')],
    ['cuts its headers', (socket) => socket.end('HTTP/1.1 200 OK\r\nX: ')],
    ['sends endless headers', (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n', 'X-Y: 0123456789abcdef\r\n')],
    ['sends endless informational responses', (socket) => flood(socket, '', 'HTTP/1.1 103 Early\r\n\r\n')],
    [
      'switches protocols',
      (socket) => socket.write('HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    ['is silent', () => {}],
    ['sends its headers byte by byte', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n')],
  ])('fails soon at a receiver that %s, and is sent again', async (_, answer) => {
    const port = await rawReceiver(answer)
    const begun = Date.now()
    const error = await failureOf(post(port))
    expect(error.retryable).toBe(true)
    expect(Date.now() - begun).toBeLessThan(20_000)
  })

  it.each<[what: string, answer: (socket: Socket) => void]>([
    ['an endless body', (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(1_000))],
    ['a body that never comes', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')],
    ['a body that is cut', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx')],
    [
      'a body with broken chunks',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz'),
    ],
  ])('is delivered to a receiver that accepts it with %s', async (_, answer) => {
    await post(await rawReceiver(answer))
  })

  it('fails at a port that nothing listens on, and is sent again', async () => {
    const server = createTcpServer()
    const port = await listening(server)
    await closing.pop()?.()
    expect((await failureOf(post(port))).retryable).toBe(true)
  })

  it('ends at once when its job does', async () => {
    const { port } = await receiver(() => {})
    const abort = new AbortController()
    const result = post(port, { timeoutMs: 60_000 }, abort.signal)
    abort.abort(new Error('the job was cancelled'))
    await expect(result).rejects.toThrow('the job was cancelled')
  })

  it('goes to the address that was checked, although the name leads elsewhere later', async () => {
    const { received, port } = await receiver((response) => response.end())
    const answers = ['127.0.0.1', '127.0.0.2']
    let lookups = 0
    const resolve = async () => [{ address: answers[lookups++] ?? '127.0.0.3' }]
    await post(port, {
      url: `http://rebinding.example:${port}/`,
      resolve,
      allowed: blockListOf(['127.0.0.1']),
    })
    expect(lookups).toBe(1)
    expect(received[0]?.request.headers.host).toBe(`rebinding.example:${port}`)
  })

  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0.0.0.0/',
  ])('does not go to %s unless that is allowed', async (url) => {
    const { received, port } = await receiver((response) => response.end())
    const error = await failureOf(
      post(port, { url: url.replace(/\/$/, `:${port}/`), allowed: blockListOf([]) }),
    )
    expect(error).toMatchObject({ retryable: false, message: expect.stringContaining('private address') })
    expect(received).toEqual([])
  })
})

/** Writes again and again until the connection is closed. */
function flood(socket: Socket, head: string, piece: string): void {
  socket.write(head)
  const more = () => {
    if (!socket.destroyed) socket.write(piece.repeat(50), () => setImmediate(more))
  }
  more()
}

function drip(socket: Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer)
    else socket.write(text[at++] ?? 'X')
  }, 100)
}
