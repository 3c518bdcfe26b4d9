/**
 * Whether a service leaks, leaves files behind or serves wrong responses over time. Mixed load on a service
 * with a small cache, while disks fill up, databases restart, tools are killed and cached files are damaged.
 * The load lasts 12 s by default, and ten minutes with `npm run soak`. Prints the responses by client and
 * outcome, the faults, and the resources of the process before and after.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ask, eventually, NO_TRACES, remainsOf, tracesOf } from '../fixtures/service.ts'
import { type Farm, IS_SHORT, SECONDS, startFarm } from './farm.ts'
import { causeFaults } from './faults.ts'
import { sendLoad, Tally } from './load.ts'

/** How long the queued jobs may take, on a busy machine. */
const IDLE_MS = 240_000
const WARM_UP_SECONDS = Math.min(60, SECONDS / 4)
/** Between two faults. Each occurs at least once in the rest of the time. */
const FAULT_PAUSE_MS = IS_SHORT ? 400 : 1_500

interface Resources {
  readonly residentMb: number
  readonly heapMb: number
  readonly descriptors: number
  readonly handles: number
}

async function resourcesOf({ service: { pid, url } }: Farm): Promise<Resources> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const { text } = await ask(url, '/metrics')
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    residentMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000),
    heapMb: Math.round(metric('nodejs_heap_size_used_bytes') / 1e6),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    handles: metric('nodejs_active_resources_total'),
  }
}

/** Waits until the service has no requests, jobs or tools. */
async function untilIdle({ service: { url }, places }: Farm): Promise<void> {
  await eventually(async () => {
    const { text } = await ask(url, '/metrics')
    const busy = text
      .split('\n')
      .filter((line) => /^differ_(diffs_in_progress|queue_jobs|tools)\b/.test(line) && !line.endsWith(' 0'))
    expect(busy).toEqual([])
    expect((await tracesOf(places)).processes).toEqual(NO_TRACES.processes)
  }, IDLE_MS)
  // Gives timers, idle connections and the garbage collector time, which cannot be observed.
  await sleep(3_000)
}

async function workFor(
  farm: Farm,
  seconds: number,
  tally: Tally,
  withFaults: boolean,
): Promise<Map<string, number>> {
  const stop = AbortSignal.timeout(seconds * 1000)
  const load = sendLoad(farm.service.url, tally, stop)
  const faults = withFaults ? await causeFaults(farm, stop, FAULT_PAUSE_MS) : new Map<string, number>()
  await load
  return faults
}

it(
  `has the same resources after ${SECONDS} s of load, faults and evictions`,
  async () => {
    const farm = await startFarm()
    const { service, places } = farm
    const tally = new Tally()
    await workFor(farm, WARM_UP_SECONDS, tally, false)
    await untilIdle(farm)
    const before = await resourcesOf(farm)

    const faults = await workFor(farm, SECONDS - WARM_UP_SECONDS, tally, true)
    await untilIdle(farm)
    const after = await resourcesOf(farm)
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
    expect(service.stderr()).not.toMatch(/failed unexpectedly|unhandled promise rejection/)
    // Idle database connections stay open for half a minute.
    await eventually(
      async () => expect((await resourcesOf(farm)).descriptors).toBeLessThanOrEqual(before.descriptors + 5),
      90_000,
    )
    expect(after.residentMb).toBeLessThan(before.residentMb * 1.3 + 60)
    // Diffs that could not be cached are stored for ten minutes.
    await eventually(async () => {
      const { processes, files } = await tracesOf(places)
      expect(processes).toEqual([])
      expect(files.filter((path) => !path.includes('/uncached'))).toEqual([])
    }, 30_000)

    expect(await service.end('SIGTERM')).toBe(0)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  },
  (SECONDS + 600) * 1000,
)
