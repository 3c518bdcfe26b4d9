/**
 * Does anything grow, stay behind, or come out wrong over time? Mixed load on a service with a small cache, while disks fill, databases restart, tools are killed
 * and cached files damaged. 60 s here; `npm run soak` takes ten minutes. Its figures are printed: answers by way and outcome, faults, and what the process
 * holds before and after.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ask, eventually, NO_TRACES, remainsOf, tracesOf } from '../fixtures/service.ts'
import { type Farm, startFarm } from './farm.ts'
import { makeTrouble } from './faults.ts'
import { putLoadOn, Tally } from './load.ts'

const SECONDS = Number(process.env.DIFFER_SOAK_SECONDS ?? 60)
const WARM_UP_SECONDS = Math.min(60, SECONDS / 4)

interface Holding {
  readonly residentMb: number
  readonly heapMb: number
  readonly descriptors: number
  readonly handles: number
}

async function holdingOf({ service: { pid, url } }: Farm): Promise<Holding> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const { text } = await ask(url, '/metrics')
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    residentMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000),
    heapMb: Math.round(figure('nodejs_heap_size_used_bytes') / 1e6),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    handles: figure('nodejs_active_resources_total'),
  }
}

/** When nothing is asked of it any more and its jobs are done. */
async function atRest({ service: { url }, places }: Farm): Promise<void> {
  await eventually(async () => {
    const { text } = await ask(url, '/metrics')
    const busy = text
      .split('\n')
      .filter((line) => /^differ_(diffs_in_progress|queue_jobs|tools)\b/.test(line) && !line.endsWith(' 0'))
    expect(busy).toEqual([])
    expect((await tracesOf(places)).processes).toEqual(NO_TRACES.processes)
  })
  // For timers, idle connections and the garbage collector.
  await sleep(3_000)
}

async function workFor(
  farm: Farm,
  seconds: number,
  tally: Tally,
  withTrouble: boolean,
): Promise<Map<string, number>> {
  const stop = AbortSignal.timeout(seconds * 1000)
  const load = putLoadOn(farm.service.url, tally, stop)
  const faults = withTrouble ? await makeTrouble(farm, stop) : new Map<string, number>()
  await load
  return faults
}

it(
  `is as it was after ${SECONDS} s of load, faults and evictions`,
  async () => {
    const farm = await startFarm()
    const { service, places } = farm
    const tally = new Tally()
    await workFor(farm, WARM_UP_SECONDS, tally, false)
    await atRest(farm)
    const before = await holdingOf(farm)

    const faults = await workFor(farm, SECONDS - WARM_UP_SECONDS, tally, true)
    await atRest(farm)
    const after = await holdingOf(farm)
    const { text: metrics } = await ask(service.url, '/metrics')
    const evictions = [...metrics.matchAll(/^differ_cache_evicted_total\{part="(\w+)"\} (\d+)$/gm)]
      .map(([, part, count]) => `${part} ${count}`)
      .join(', ')
    console.log(
      [
        `soak of ${SECONDS} s: ${tally.total} requests; evicted: ${evictions}`,
        `faults: ${[...faults].map(([name, count]) => `${name} ${count}`).join(', ')}`,
        ...[...tally.counts].sort().map(([name, count]) => `  ${name.padEnd(50)} ${count}`),
        `before: ${JSON.stringify(before)}`,
        `after:  ${JSON.stringify(after)}`,
      ].join('\n'),
    )

    expect(tally.wrong).toEqual([])
    expect(metrics).toMatch(/^differ_cache_writable [01]$/m)
    expect(evictions).toMatch(/debdiff \d+/)
    expect(service.stderr()).not.toMatch(/failed unexpectedly|that nobody/)
    // Idle connections of databases are kept for half a minute.
    await eventually(
      async () => expect((await holdingOf(farm)).descriptors).toBeLessThanOrEqual(before.descriptors + 5),
      90_000,
    )
    expect(after.residentMb).toBeLessThan(before.residentMb * 1.3 + 60)
    // What the disk did not take lives ten minutes; all else is gone already.
    const { processes, files } = await tracesOf(places)
    expect(processes).toEqual([])
    expect(files.filter((path) => !path.includes('/uncached'))).toEqual([])

    expect(await service.end('SIGTERM')).toBe(0)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  },
  (SECONDS + 300) * 1000,
)
