/**
 * What does the service add to a response that is ready?
 *
 * Method: the built service with a filled cache on a real PostgreSQL, and a bare `node:http` server that
 * sends the same bytes and headers, each in its own process. A client in a third process keeps 64 connections
 * busy, first on one server, then on the other, for three rounds of three seconds; the median of each counts.
 * On two processors the client needs about one of them.
 *
 * Reading: `×` is the service's requests per second divided by the bare server's. The goals are 0.5 for a
 * debdiff of a few hundred bytes, 0.6 for a 304, and 0.4 for a report of 20 KB in each format. `p99` should
 * be at most 2.5 times the bare server's.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBareServer } from './kit/bare-server.ts'
import { type Load, load } from './kit/load.ts'
import { startBenchService } from './kit/service.ts'

const CONNECTIONS = 64
const SECONDS = 3
const ROUNDS = 3

const DEBDIFF = `[The following lists of changes regard files as different if they have
different names, permissions or owners.]

Control files of package tea: lines which differ (wdiff format)
----------------------------------------------------------------
Depends: libc6 (>= [-2.34)-] {+2.36)+}
Installed-Size: [-12-] {+13+}
Version: [-1.0-1-] {+1.0-1+jan1+}
`

const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
const report = join(dir, 'report.json')
await writeFile(join(dir, 'old'), linesOf('old'))
await writeFile(join(dir, 'new'), linesOf('new'))
spawnSync('diffoscope', [`--json=${report}`, join(dir, 'old'), join(dir, 'new')])
const service = await startBenchService([{ name: 'tea', report, debdiff: DEBDIFF }])
try {
  await compare('debdiff, text', '/debdiff/tea-old/tea-new', { accept: 'text/plain' })
  await compare('debdiff, 304', '/debdiff/tea-old/tea-new', { accept: 'text/plain', 'if-none-match': '*' })
  for (const [name, accept] of [
    ['text', 'text/plain'],
    ['Markdown', 'text/markdown'],
    ['JSON', 'application/json'],
    ['HTML', 'text/html'],
  ] as const)
    await compare(`diffoscope, ${name}`, '/diffoscope/tea-old/tea-new', { accept })
} finally {
  await service.stop()
  await rm(dir, { recursive: true, force: true })
}

async function compare(name: string, path: string, headers: Record<string, string>): Promise<void> {
  const url = service.url + path
  const response = await fetch(url, { headers })
  const body = Buffer.from(await response.arrayBuffer())
  const { 'content-length': _, date: __, connection: ___, ...sent } = Object.fromEntries(response.headers)
  const bareServer = await startBareServer({
    body: body.toString('base64'),
    status: response.status,
    headers: withoutTransfer(sent),
  })
  const rounds: { service: Load; bare: Load }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const task = { headers, connections: CONNECTIONS, seconds: SECONDS }
    rounds.push({
      service: await load({ ...task, url }),
      bare: await load({ ...task, url: bareServer.url }),
    })
  }
  bareServer.stop()
  const measured = median(rounds.map((round) => round.service))
  const bare = median(rounds.map((round) => round.bare))
  const rate = `${measured.perSecond.toFixed(0)}/s beside ${bare.perSecond.toFixed(0)}/s`
  console.log(
    `${name}, ${body.length} bytes: ${rate} (${(measured.perSecond / bare.perSecond).toFixed(2)}×), ` +
      `p50 ${measured.p50Ms.toFixed(1)} and ${bare.p50Ms.toFixed(1)} ms, ` +
      `p99 ${measured.p99Ms.toFixed(1)} and ${bare.p99Ms.toFixed(1)} ms (${(measured.p99Ms / bare.p99Ms).toFixed(1)}×)`,
  )
}

function median(loads: readonly Load[]): Load {
  const middle = [...loads].sort((a, b) => a.perSecond - b.perSecond)[loads.length >> 1]
  if (!middle) throw new Error('no round was measured')
  return middle
}

function withoutTransfer({ 'transfer-encoding': _, 'keep-alive': __, ...headers }: Record<string, string>) {
  return headers
}

/** 400 lines, every fourth of which differs between the sides: a report of about 20 KB. */
function linesOf(side: string): string {
  return Array.from(
    { length: 400 },
    (_, number) => `line ${number} of a file${number % 4 ? '' : `, ${side} side`}\n`,
  ).join('')
}
