/** What the soak test runs on: a service process, many small pairs, PostgreSQL and Redis. */
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { buildRun } from '../fixtures/packages.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { makePlaces, type Places } from '../fixtures/service.ts'
import { mountDisk, NO_MOUNTS, type SmallDisk } from '../fixtures/tmpfs.ts'
import { type ServiceProcess, serve } from '../service/processes.ts'

/** How long the load lasts. */
export const SECONDS = Number(process.env.DIFFER_SOAK_SECONDS ?? 12)
export const IS_SHORT = SECONDS < 60
/** All of them are precached, which takes a second each. */
export const PAIRS = IS_SHORT ? 16 : 40
const DISK_BYTES = 64 << 20
/** In MB; too small for all pairs. */
const CACHE_MAX_SIZE = 6
const LEGACY_ENTRIES = 100

export interface Farm {
  readonly service: ServiceProcess
  readonly places: Places
  readonly postgres: TestPostgres
  readonly redis: TestRedis
  /** The disk of the cache; null if none can be mounted. */
  readonly disk: SmallDisk | null
}

/** Starts everything for one test; stopped after it. */
export async function startFarm(): Promise<Farm> {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.stop())
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const own = await makePlaces()
  onTestFinished(() => removeTree(own.root))
  const disk = NO_MOUNTS === null ? mountDisk(DISK_BYTES) : null
  if (disk) onTestFinished(() => disk.unmount())
  const places = disk ? { ...own, cache: join(disk.path, 'cache') } : own
  await addRuns(postgres, places)
  await addLegacyEntries(places)
  const service = await serve(places, {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DIFFER_CACHE_PATH: places.cache,
    DIFFER_CACHE_MAX_SIZE: String(CACHE_MAX_SIZE),
    DIFFER_CACHE_MIN_FREE: '1',
    DIFFER_LOG_LEVEL: 'info',
    DIFFER_PRECACHE_CHANNELS: 'none',
    DIFFER_PRECACHE_CONCURRENCY: '1',
  })
  return { service, places, postgres, redis, disk }
}

/** A text in both diffs of a pair, which shows that a response belongs to the requested pair. */
export const markerOf = (pair: number) => `marker-of-${pair}-`

async function addRuns({ url }: TestPostgres, { artifacts }: Places): Promise<void> {
  const pairs = Array.from({ length: PAIRS }, (_, pair) => pair)
  const database = await openDatabase({ url })
  await seedRuns(
    database,
    pairs.flatMap((pair) => ['old', 'new'].map((side) => ({ id: `${side}-${pair}`, source: 'tea' }))),
  )
  await database.close()
  for (const pair of pairs)
    for (const [side, version] of [
      ['old', '1'],
      ['new', '2'],
    ] as const) {
      const lines = Array.from(
        { length: 2_000 },
        (_, i) => `line ${i} of version ${version} ${markerOf(pair)}\n`,
      )
      await buildRun(join(artifacts, `${side}-${pair}`), [
        {
          name: 'tea',
          version,
          control: { Suggests: `${markerOf(pair)}${version}` },
          files: { 'usr/share/tea/lines': lines.join('') },
        },
      ])
    }
}

/** Adds entries of the old service that have not been used for long, and exceed the cache's limit. */
async function addLegacyEntries({ cache }: Places): Promise<void> {
  const longAgo = new Date(Date.now() - 86_400_000)
  await mkdir(join(cache, 'debdiff'), { recursive: true })
  for (let i = 0; i < LEGACY_ENTRIES; i++) {
    const path = join(cache, 'debdiff', `legacy${i}_x`)
    await writeFile(path, `${'x'.repeat(100_000)}\n`)
    await utimes(path, longAgo, longAgo)
  }
}
