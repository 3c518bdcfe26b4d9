/**
 * A client in a process of its own that fetches bodies and counts their bytes. It reads raw sockets, so that the client is not what is measured.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface Download {
  readonly url: string
  readonly accept: string
  /** Go away at the first byte of the body. */
  readonly firstByteOnly?: boolean
}

export interface Downloaded {
  /** From before the connection to the first byte of the body. */
  readonly firstMs: number
  /** … and to the end. */
  readonly ms: number
  readonly bytes: number
}

export interface Downloader {
  /** Fetches all at once. @throws Error where an answer is not a whole 200 */
  fetch<const D extends readonly Download[]>(...downloads: D): Promise<{ [At in keyof D]: Downloaded }>
  stop(): void
}

export function startDownloader(): Downloader {
  const child = fork(fileURLToPath(import.meta.url))
  return {
    async fetch<const D extends readonly Download[]>(...downloads: D) {
      child.send(downloads)
      type Answer = { [At in keyof D]: Downloaded }
      const [answer] = (await once(child, 'message')) as [Answer | { error: string }]
      if ('error' in answer) throw new Error(answer.error)
      return answer
    },
    stop: () => void child.kill(),
  }
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const END_OF_CHUNKS = Buffer.from('0\r\n\r\n')

function download({ url, accept, firstByteOnly }: Download): Promise<Downloaded> {
  const { hostname, port, pathname, search } = new URL(url)
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const socket = connect(Number(port), hostname)
    let head: Uint8Array[] | null = []
    let firstMs = 0
    let bytes = 0
    let tail: Buffer<ArrayBufferLike> = Buffer.alloc(0)
    let length: number | null = null
    const done = () => resolve({ firstMs, ms: performance.now() - start, bytes })
    socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nhost: ${hostname}:${port}\r\naccept: ${accept}\r\nconnection: close\r\n\r\n`,
    )
    socket.on('data', (chunk) => {
      let body: Buffer<ArrayBufferLike> = chunk
      if (head !== null) {
        head.push(chunk)
        const begun = Buffer.concat(head)
        const end = begun.indexOf(END_OF_HEAD)
        if (end < 0 || begun.length === end + END_OF_HEAD.length) return
        const text = begun.toString('latin1', 0, end)
        if (!text.startsWith('HTTP/1.1 200 ')) return void socket.destroy(new Error(`${url}: ${text}`))
        length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? Number.NaN)
        body = begun.subarray(end + END_OF_HEAD.length)
        head = null
        firstMs = performance.now() - start
        if (firstByteOnly) return void socket.destroy()
      }
      bytes += body.length
      tail = body.length >= END_OF_CHUNKS.length ? body : Buffer.concat([tail, body])
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const whole = length === bytes || tail.subarray(-END_OF_CHUNKS.length).equals(END_OF_CHUNKS)
      if (firstByteOnly ? firstMs > 0 : whole) done()
      else reject(new Error(`${url}: the answer broke off`))
    })
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('message', (downloads: readonly Download[]) => {
    Promise.all(downloads.map(download)).then(
      (all) => process.send?.(all),
      (error: Error) => process.send?.({ error: error.message }),
    )
  })
  process.on('disconnect', () => process.exit())
}
