/** The faults during the soak test: in disks, databases, tools and cached files. */
import { readdirSync, readFileSync } from 'node:fs'
import { readdir, rm, stat, truncate, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Farm } from './farm.ts'

const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(Math.random() * of.length)]

export const FAULTS: Readonly<Record<string, (farm: Farm, pauseMs: number) => Promise<void>>> = {
  async 'disk full'({ disk }, pauseMs) {
    await disk?.fill()
    await sleep(2 * pauseMs)
    await disk?.clear()
  },
  async 'disk read-only'({ disk }, pauseMs) {
    await disk?.setReadOnly(true)
    await sleep(pauseMs)
    await disk?.setReadOnly(false)
  },
  'Redis restarted': ({ redis }) => redis.restart(),
  'PostgreSQL restarted': ({ postgres }) => postgres.restart(),
  async 'a tool killed'({ places }) {
    const pid = pick(toolsIn(places.root))
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  },
  async 'an entry cut'(farm) {
    const path = await anyEntry(farm)
    if (path) await truncate(path, Math.floor((await stat(path)).size / 2))
  },
  async 'entries deleted'(farm) {
    for (let count = 0; count < 5; count++) {
      const path = await anyEntry(farm)
      if (path) await rm(path, { force: true })
    }
  },
  /** Makes the diffs of this test old enough for eviction. */
  async 'access times aged'({ places }) {
    const longAgo = new Date(Date.now() - 3_600_000)
    for (const kind of ['debdiff', 'diffoscope']) {
      const dir = join(places.cache, 'differ/used', kind)
      for (const name of await readdir(dir).catch(() => [])) await utimes(join(dir, name), longAgo, longAgo)
    }
  },
}

/**
 * Causes one fault after another until `stop` aborts, with a pause between two of them.
 * @returns how often each has happened
 */
export async function causeFaults(
  farm: Farm,
  stop: AbortSignal,
  pauseMs: number,
): Promise<Map<string, number>> {
  const happened = new Map<string, number>()
  const faults = Object.entries(FAULTS)
  for (let turn = 0; !stop.aborted; turn++) {
    const [name, cause] = faults[turn % faults.length] as (typeof faults)[number]
    // A fault may fail because its file or process is gone, or its disk is in use.
    await cause(farm, pauseMs).then(
      () => happened.set(name, (happened.get(name) ?? 0) + 1),
      (error: NodeJS.ErrnoException) => {
        if (!['ENOENT', 'ESRCH', 'EROFS', 'ENOSPC', 'EBUSY'].includes(error.code ?? '')) throw error
      },
    )
    await sleep(pauseMs, undefined, { signal: stop }).catch(() => {})
  }
  return happened
}

async function anyEntry({ places }: Farm): Promise<string | null> {
  const dir = join(places.cache, pick(['debdiff', 'diffoscope']) as string)
  const name = pick(await readdir(dir).catch(() => []))
  return name === undefined ? null : join(dir, name)
}

/** @returns the ids of the processes whose temporary directory is below `root` */
function toolsIn(root: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TMPDIR=${root}/`)
      } catch {
        return false
      }
    })
    .map(Number)
}
