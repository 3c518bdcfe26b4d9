/** Clients of all kinds, who judge what they get: right, a typed error, or wrong. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, askGraphql, send } from '../fixtures/service.ts'
import { markOf, PAIRS } from './farm.ts'

/** What was answered, by way and outcome, and what must not be. */
export class Tally {
  readonly counts = new Map<string, number>()
  readonly wrong: string[] = []

  add(way: string, outcome: string): void {
    const name = `${way}: ${outcome}`
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  /** Keeps the first ones. */
  addWrong(way: string, what: string): void {
    this.add(way, 'WRONG')
    if (this.wrong.length < 20) this.wrong.push(`${way}: ${what.slice(0, 500)}`)
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }
}

const FORMATS = ['text/plain', 'text/html', 'application/json', 'text/markdown']
const QUERY = `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { __typename ... on Comparison {
  diffoscope(mode: WAIT) { __typename ... on Error { message retryable } } debdiff(mode: WAIT) { __typename ... on Error { message } } } } }`

const chance = (share: number) => Math.random() < share
const any = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)] as T

/** One request each; they throw only where the connection itself fails. */
const WAYS: Readonly<Record<string, (url: string, tally: Tally, way: string) => Promise<void>>> = {
  async rest(url, tally, way) {
    const pair = Math.floor(Math.random() * PAIRS)
    const kind = any(['debdiff', 'diffoscope'])
    const format = any(FORMATS)
    const filter = chance(0.3) ? '?filter_boring' : ''
    const path = `/${kind}/old-${pair}/new-${pair}${filter}`
    const { status, text, headers } = await ask(url, path, { headers: { accept: format } })
    if (status === 200) {
      const isRight = text.includes(markOf(pair)) && (format !== 'application/json' || isJson(text))
      return isRight ? tally.add(way, '200') : tally.addWrong(way, `${path} ${format}: ${text}`)
    }
    const isTool = [400, 500].includes(status) && !text.includes('reference')
    const isTyped = isTool || status === 502 || status === 504 || (status === 503 && headers['retry-after'])
    if (isTyped) tally.add(way, String(status))
    else tally.addWrong(way, `${path}: ${status} ${text}`)
  },

  async graphql(url, tally, way) {
    const pair = Math.floor(Math.random() * PAIRS)
    const { data, errors } = await askGraphql(url, QUERY, { old: `old-${pair}`, new: `new-${pair}` })
    if (errors) return tally.addWrong(way, JSON.stringify(errors))
    const { __typename: name, diffoscope } = data.comparison
    tally.add(way, name === 'Comparison' ? diffoscope.__typename : name)
  },

  async stream(url, tally, way) {
    const pair = Math.floor(Math.random() * PAIRS)
    const { status, text } = await ask(url, `/debdiff/old-${pair}/new-${pair}/stream`)
    if (status === 200 && !text.includes(markOf(pair))) tally.addWrong(way, text)
    else tally.add(way, String(status))
  },

  async precache(url, tally, way) {
    const pair = Math.floor(Math.random() * PAIRS)
    const { status, text } = await ask(url, `/precache/old-${pair}/new-${pair}`, { method: 'POST' })
    if ([200, 202, 503].includes(status)) tally.add(way, String(status))
    else tally.addWrong(way, `${status} ${text}`)
  },

  async leaving(url, tally, way) {
    const pair = Math.floor(Math.random() * PAIRS)
    const request = send(url, `/${any(['debdiff', 'diffoscope'])}/old-${pair}/new-${pair}`)
    await sleep(Math.random() * 300)
    request.destroy()
    tally.add(way, 'left')
  },

  async halfSent(url, tally, way) {
    const socket = connect(Number(new URL(url).port), new URL(url).hostname)
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"query"')
    await sleep(Math.random() * 500)
    socket.destroy()
    tally.add(way, 'left')
  },

  async watching(url, tally, way) {
    const request = send(url, '/graphql', {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'subscription { precacheJobs { __typename } }' }),
    })
    await sleep(Math.random() * 1_000)
    request.destroy()
    tally.add(way, 'left')
  },
}

/** Longer than any limit of the service's own: a request that is not answered by then never will be. */
const LONGEST_MS = 90_000

async function inTime(work: Promise<void>): Promise<void> {
  const late = new AbortController()
  const limit = sleep(LONGEST_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`there was no answer in ${LONGEST_MS / 1000} s`)
  })
  limit.catch(() => {})
  await Promise.race([work, limit]).finally(() => late.abort())
}

/** Asks on every way again and again, until it is told to stop. */
export async function putLoadOn(url: string, tally: Tally, stop: AbortSignal): Promise<void> {
  const client = async (way: string) => {
    while (!stop.aborted) {
      await inTime(WAYS[way]!(url, tally, way)).catch((error: NodeJS.ErrnoException) => {
        // An answer that breaks off is as good as an error: its client knows.
        if (error.code === 'ECONNRESET' || error.message === 'aborted') tally.add(way, 'broken off')
        else tally.addWrong(way, String(error.stack))
      })
      await sleep(20 + Math.random() * 80)
    }
  }
  await Promise.all(['rest', 'rest', 'rest', ...Object.keys(WAYS)].map(client))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
