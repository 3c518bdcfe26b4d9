/** Clients of all kinds, which classify each response as right, a typed error or wrong. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, askGraphql, send } from '../fixtures/service.ts'
import { markerOf, PAIRS } from './farm.ts'

/** Counts the responses by kind of client and outcome, and collects wrong ones. */
export class Tally {
  readonly counts = new Map<string, number>()
  readonly wrong: string[] = []

  add(client: string, outcome: string): void {
    const name = `${client}: ${outcome}`
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  /** Stores the first 20. */
  addWrong(client: string, description: string): void {
    this.add(client, 'WRONG')
    if (this.wrong.length < 20) this.wrong.push(`${client}: ${description.slice(0, 500)}`)
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }
}

const FORMATS = ['text/plain', 'text/html', 'application/json', 'text/markdown']
const QUERY = `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { __typename ... on Comparison {
  diffoscope(mode: WAIT) { __typename ... on Error { message retryable } } debdiff(mode: WAIT) { __typename ... on Error { message } } } } }`

const chance = (share: number) => Math.random() < share
const pick = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)] as T

/** Each sends one request, and throws only if the connection fails. */
const CLIENTS: Readonly<Record<string, (url: string, tally: Tally, client: string) => Promise<void>>> = {
  async rest(url, tally, client) {
    const pair = Math.floor(Math.random() * PAIRS)
    const kind = pick(['debdiff', 'diffoscope'])
    const format = pick(FORMATS)
    const filter = chance(0.3) ? '?filter_boring' : ''
    const path = `/${kind}/old-${pair}/new-${pair}${filter}`
    const { status, text, headers } = await ask(url, path, { headers: { accept: format } })
    if (status === 200) {
      const isRight = text.includes(markerOf(pair)) && (format !== 'application/json' || isJson(text))
      if (isRight) tally.add(client, '200')
      else tally.addWrong(client, `${path} ${format}: ${text}`)
      return
    }
    const isTool = [400, 500].includes(status) && !text.includes('reference')
    const isTyped = isTool || status === 502 || status === 504 || (status === 503 && headers['retry-after'])
    if (isTyped) tally.add(client, String(status))
    else tally.addWrong(client, `${path}: ${status} ${text}`)
  },

  async graphql(url, tally, client) {
    const pair = Math.floor(Math.random() * PAIRS)
    const { data, errors } = await askGraphql(url, QUERY, { old: `old-${pair}`, new: `new-${pair}` })
    if (errors) {
      tally.addWrong(client, JSON.stringify(errors))
      return
    }
    const { __typename: name, diffoscope } = data.comparison
    tally.add(client, name === 'Comparison' ? diffoscope.__typename : name)
  },

  async stream(url, tally, client) {
    const pair = Math.floor(Math.random() * PAIRS)
    const { status, text } = await ask(url, `/debdiff/old-${pair}/new-${pair}/stream`)
    if (status === 200 && !text.includes(markerOf(pair))) tally.addWrong(client, text)
    else tally.add(client, String(status))
  },

  async precache(url, tally, client) {
    const pair = Math.floor(Math.random() * PAIRS)
    const { status, text } = await ask(url, `/precache/old-${pair}/new-${pair}`, { method: 'POST' })
    if ([200, 202, 503].includes(status)) tally.add(client, String(status))
    else tally.addWrong(client, `${status} ${text}`)
  },

  async disconnecting(url, tally, client) {
    const pair = Math.floor(Math.random() * PAIRS)
    const request = send(url, `/${pick(['debdiff', 'diffoscope'])}/old-${pair}/new-${pair}`)
    await sleep(Math.random() * 300)
    request.destroy()
    tally.add(client, 'disconnected')
  },

  async halfSent(url, tally, client) {
    const socket = connect(Number(new URL(url).port), new URL(url).hostname)
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"query"')
    await sleep(Math.random() * 500)
    socket.destroy()
    tally.add(client, 'disconnected')
  },

  async watching(url, tally, client) {
    const request = send(url, '/graphql', {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'subscription { precacheJobs { __typename } }' }),
    })
    await sleep(Math.random() * 1_000)
    request.destroy()
    tally.add(client, 'disconnected')
  },
}

/** Longer than every timeout of the service. */
const MAX_RESPONSE_MS = 90_000

async function inTime(work: Promise<void>): Promise<void> {
  const late = new AbortController()
  const limit = sleep(MAX_RESPONSE_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`there was no response within ${MAX_RESPONSE_MS / 1000} s`)
  })
  // Also rejects when `late` aborts, after the race.
  limit.catch(() => {})
  await Promise.race([work, limit]).finally(() => late.abort())
}

/** Sends requests from clients of every kind until `stop` aborts. */
export async function sendLoad(url: string, tally: Tally, stop: AbortSignal): Promise<void> {
  const run = async ([client, request]: [string, (typeof CLIENTS)[string]]) => {
    while (!stop.aborted) {
      await inTime(request(url, tally, client)).catch((error: NodeJS.ErrnoException) => {
        // The client notices a response that breaks off, so it counts as an error.
        if (error.code === 'ECONNRESET' || error.message === 'aborted') tally.add(client, 'broken off')
        else tally.addWrong(client, String(error.stack))
      })
      await sleep(20 + Math.random() * 80)
    }
  }
  // Three more REST clients.
  const clients = Object.entries(CLIENTS)
  const restClients = clients.filter(([client]) => client === 'rest')
  await Promise.all([...clients, ...restClients, ...restClients, ...restClients].map(run))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
