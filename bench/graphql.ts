/**
 * What does GraphQL add to a query, and what does a page cost?
 *
 * Method: the built service on a real PostgreSQL with a filled cache; a client in a process of its own. `run`: 64 busy connections, the service and a bare
 * `node:http` server that makes the same SQL query in turn, three rounds of three seconds each, medians. Pages: one connection, one page after the other for three seconds, so the times are
 * those of one page by itself; a page of 50 comparisons with the counts of their cached reports, of runs that the service does not remember; a page of 50 nodes and a page of 50 rows of
 * each report. Memory: resident bytes after each tenth of many requests (`--requests=N`, 100,000 unless told).
 *
 * Reading: asked are 0.5× for `run`, 20 ms (p50) for 50 comparisons, 15 ms for a page of a 60 MB report, and memory that does not grow.
 */
import { startBareQueryServer } from './kit/bare-query-server.ts'
import { load } from './kit/load.ts'
import { benchReports } from './kit/reports.ts'
import { residentBytes, startBenchService } from './kit/service.ts'
import { median } from './kit/stats.ts'

const ROUNDS = 3
const SECONDS = 3
const PAGE = 50

const args = process.argv.slice(2)
const requests = Number(
  args.find((arg) => arg.startsWith('--requests='))?.slice('--requests='.length) ?? 100_000,
)
const reports = await benchReports(args.filter((arg) => !arg.startsWith('--')))
const [small] = reports
const pairs = Array.from({ length: PAGE }, (_, n) => ({ name: `page${n}`, report: small?.path as string }))
const service = await startBenchService([
  ...pairs,
  ...reports.map(({ name, path }) => ({ name, report: path })),
])
const bare = await startBareQueryServer(service.databaseUrl)
try {
  await compareRun()
  await comparisons()
  for (const { name, sizeBytes } of reports) await pagesOf(name, sizeBytes)
  await memory()
} finally {
  bare.stop()
  await service.stop()
}

function urlOf(query: string, variables: object = {}): string {
  return `${service.url}/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`
}

function runQuery(): string {
  return urlOf(
    `query ($id: String!) { run(runId: $id) { ... on Run {
      runId codebase campaign source version resultCode startTime finishTime revision mainBranchRevision } } }`,
    { id: 'page0-new' },
  )
}

async function compareRun(): Promise<void> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  const task = { headers: { accept: 'application/json' }, connections: 64, seconds: SECONDS }
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push((await load({ ...task, url: `${bare.url}?id=page0-new` })).perSecond)
    ours.push((await load({ ...task, url: runQuery() })).perSecond)
  }
  const [own, other] = [median(ours), median(theirs)]
  console.log(`run: ${own.toFixed(0)}/s, bare server ${other.toFixed(0)}/s: ${(own / other).toFixed(2)}×`)
}

async function timed(what: string, url: string): Promise<void> {
  const body = await (await fetch(url)).text()
  if (body.includes('"errors"') || body.includes('Error"')) throw new Error(body.slice(0, 500))
  const { p50Ms, p99Ms } = await load({
    url,
    headers: { accept: 'application/json' },
    connections: 1,
    seconds: SECONDS,
  })
  console.log(
    `${what}: p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)} ms (${(body.length / 1000).toFixed(0)} KB)`,
  )
}

async function comparisons(): Promise<void> {
  const query = `query ($pairs: [RunPairInput!]!) { comparisons(pairs: $pairs) { __typename ... on Comparison {
    old { version } new { runId version campaign } diffoscope { __typename ... on Diffoscope { stat { nodes added removed } complete } } } } }`
  const named = pairs.map(({ name }) => ({ old: `${name}-old`, new: `${name}-new` }))
  await timed(`${PAGE} comparisons`, urlOf(query, { pairs: named }))
}

async function pagesOf(name: string, sizeBytes: number): Promise<void> {
  const page = (fields: string) =>
    urlOf(
      `{ comparison(old: "${name}-old", new: "${name}-new") { ... on Comparison { diffoscope { __typename ... on Diffoscope { ${fields} } } } } }`,
    )
  const size = `${name}, ${(sizeBytes / 1e6).toFixed(2)} MB`
  await timed(
    `${size}: ${PAGE} nodes`,
    page(
      `nodes(first: ${PAGE}) { nodes { id depth source1 source2 stat { nodes added removed } } pageInfo { endCursor } }`,
    ),
  )
  await timed(
    `${size}: ${PAGE} rows`,
    page(
      `nodes(first: 2) { nodes { hunks(first: 1) { nodes { header rows(first: ${PAGE}) { nodes { kind old { oldNumber text segments { changed text } } new { newNumber text } } } } } } }`,
    ),
  )
}

async function memory(): Promise<void> {
  const figures: string[] = []
  let done = 0
  for (let tenth = 0; tenth < 10; tenth++) {
    while (done < ((tenth + 1) * requests) / 10) {
      const seconds = 5
      const { perSecond } = await load({
        url: runQuery(),
        headers: { accept: 'application/json' },
        connections: 64,
        seconds,
      })
      done += perSecond * seconds
    }
    figures.push((residentBytes(service.pid) / 1e6).toFixed(0))
  }
  console.log(
    `memory after each tenth of ${Math.round(done).toLocaleString('en')} requests: ${figures.join(' ')} MB`,
  )
}
