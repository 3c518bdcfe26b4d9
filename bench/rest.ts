/**
 * What does the shim add to an answer that is ready?
 *
 * Method: the built service on a real PostgreSQL with a filled cache, beside a bare `node:http` server that answers the same bytes and headers, each in a process of its own; a
 * client in a third keeps 64 connections busy, first one server, then the other, three rounds of three seconds; the median of each counts. On two processors the client
 * takes about one of them.
 *
 * Reading: `×` is the service's requests per second over the bare server's: asked are 0.5 for a debdiff of a few hundred bytes, 0.6 for a 304, 0.4 for a report of
 * 20 KB in each format. `p99` should be at most 2.5 times the bare server's.
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
const [old, fresh] = [twoTexts(0), twoTexts(1)]
await writeFile(join(dir, 'old'), old)
await writeFile(join(dir, 'new'), fresh)
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
  const answer = await fetch(url, { headers })
  const body = Buffer.from(await answer.arrayBuffer())
  const { 'content-length': _, date: __, connection: ___, ...sent } = Object.fromEntries(answer.headers)
  const bare = await startBareServer({
    body: body.toString('base64'),
    status: answer.status,
    headers: withoutTransfer(sent),
  })
  const rounds: { ours: Load; bare: Load }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const task = { headers, connections: CONNECTIONS, seconds: SECONDS }
    rounds.push({ ours: await load({ ...task, url }), bare: await load({ ...task, url: bare.url }) })
  }
  bare.stop()
  const ours = middle(rounds.map((round) => round.ours))
  const theirs = middle(rounds.map((round) => round.bare))
  console.log(
    `${name}, ${body.length} bytes: ${ours.perSecond.toFixed(0)}/s beside ${theirs.perSecond.toFixed(0)}/s (${(ours.perSecond / theirs.perSecond).toFixed(2)}×), ` +
      `p50 ${ours.p50Ms.toFixed(1)} and ${theirs.p50Ms.toFixed(1)} ms, p99 ${ours.p99Ms.toFixed(1)} and ${theirs.p99Ms.toFixed(1)} ms (${(ours.p99Ms / theirs.p99Ms).toFixed(1)}×)`,
  )
}

function middle(loads: readonly Load[]): Load {
  return [...loads].sort((a, b) => a.perSecond - b.perSecond)[loads.length >> 1] as Load
}

function withoutTransfer({ 'transfer-encoding': _, 'keep-alive': __, ...headers }: Record<string, string>) {
  return headers
}

/** 400 lines of which every fourth differs: a report of about 20 KB. */
function twoTexts(side: number): string {
  return Array.from(
    { length: 400 },
    (_, at) => `line ${at} of a file${at % 4 ? '' : `, side ${side}`}\n`,
  ).join('')
}
