/** What the soak works on: a service as users run it, many small pairs, and real databases. */
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
import { buildProgram, type ServiceProcess, serve } from '../service/processes.ts'

export const PAIRS = 40
const DISK_BYTES = 64 << 20
/** In MB; less than all pairs take. */
const CACHE_MAX_SIZE = 6
const LEGACY_ENTRIES = 100

export interface Farm {
  readonly service: ServiceProcess
  readonly places: Places
  readonly postgres: TestPostgres
  readonly redis: TestRedis
  /** Of the cache; null where none can be mounted. */
  readonly disk: SmallDisk | null
}

/** For one test: it is all taken down at its end. */
export async function startFarm(): Promise<Farm> {
  await buildProgram()
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

/** Each pair's diffs say which pair they are of, so that one served for another is noticed. */
export const markOf = (pair: number) => `mark-of-${pair}-`

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
        (_, i) => `line ${i} of version ${version} ${markOf(pair)}\n`,
      )
      await buildRun(join(artifacts, `${side}-${pair}`), [
        {
          name: 'tea',
          version,
          control: { Suggests: `${markOf(pair)}${version}` },
          files: { 'usr/share/tea/lines': lines.join('') },
        },
      ])
    }
}

/** More than the bound, long unused: what an old service left. */
async function addLegacyEntries({ cache }: Places): Promise<void> {
  const longAgo = new Date(Date.now() - 86_400_000)
  await mkdir(join(cache, 'debdiff'), { recursive: true })
  for (let i = 0; i < LEGACY_ENTRIES; i++) {
    const path = join(cache, 'debdiff', `legacy${i}_x`)
    await writeFile(path, `${'x'.repeat(100_000)}\n`)
    await utimes(path, longAgo, longAgo)
  }
}
