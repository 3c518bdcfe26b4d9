/**
 * A client in a process of its own: keeps `connections` keep-alive connections busy with one request for `seconds`, each sending its next when its
 * answer is whole, and prints `{ perSecond, p50Ms, p99Ms, status }`. It reads raw sockets, so that the client is not what is measured.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface Load {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of every answer; the run fails where two differ. */
  readonly status: number
}

interface Task {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly seconds: number
}

/** Runs it. @throws Error where an answer breaks off or its status is not that of the others */
export async function load(task: Task): Promise<Load> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(task)])
  const [result] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the client ended with ${code}`)
    }),
  ])) as [Load]
  return result
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const END_OF_CHUNKS = Buffer.from('0\r\n\r\n')

async function run({ url, headers, connections, seconds }: Task): Promise<Load> {
  const { hostname, port, pathname, search } = new URL(url)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = `GET ${pathname}${search} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${lines.join('')}\r\n`
  const times: number[] = []
  const statuses = new Set<number>()
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, () => {
      const socket = connect(Number(port), hostname)
      socket.setNoDelay(true)
      return new Promise<void>((resolve, reject) => {
        let begun = 0
        let received: Buffer = Buffer.alloc(0)
        const next = () => {
          if (performance.now() >= end) return socket.end(() => resolve())
          begun = performance.now()
          socket.write(request)
        }
        socket.on('connect', next)
        socket.on('data', (chunk) => {
          received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
          const status = wholeAnswer(received)
          if (status === null) return
          received = Buffer.alloc(0)
          statuses.add(status)
          times.push(performance.now() - begun)
          next()
        })
        socket.on('error', reject)
        socket.on('close', () => (performance.now() < end ? reject(new Error('closed')) : resolve()))
      })
    }),
  )
  const elapsed = (performance.now() - start) / 1000
  if (statuses.size !== 1) throw new Error(`statuses: ${[...statuses].join(', ')}`)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] as number
  return {
    perSecond: times.length / elapsed,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    status: [...statuses][0] as number,
  }
}

/** The status of an answer that is all there; null where more is to come. */
function wholeAnswer(bytes: Buffer): number | null {
  const headEnd = bytes.indexOf(END_OF_HEAD)
  if (headEnd < 0) return null
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase()
  const status = Number(head.slice(9, 12))
  const bodyStart = headEnd + END_OF_HEAD.length
  const length = /content-length: (\d+)/.exec(head)?.[1]
  if (length !== undefined) return bytes.length >= bodyStart + Number(length) ? status : null
  if (!head.includes('transfer-encoding: chunked')) return status
  return bytes.subarray(-END_OF_CHUNKS.length).equals(END_OF_CHUNKS) ? status : null
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = await run(JSON.parse(process.argv[2] as string) as Task)
  process.send?.(result)
  process.disconnect?.()
}
