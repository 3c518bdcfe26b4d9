/** What goes wrong during the soak: disks, databases, tools, cached files. */
import { readdirSync, readFileSync } from 'node:fs'
import { readdir, rm, stat, truncate, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Farm } from './farm.ts'

const any = <T>(of: readonly T[]): T | undefined => of[Math.floor(Math.random() * of.length)]

export const FAULTS: Readonly<Record<string, (farm: Farm) => Promise<void>>> = {
  async 'disk full'({ disk }) {
    await disk?.fill()
    await sleep(3_000)
    await disk?.clear()
  },
  async 'disk read-only'({ disk }) {
    await disk?.setReadOnly(true)
    await sleep(1_500)
    await disk?.setReadOnly(false)
  },
  'Redis restarted': ({ redis }) => redis.restart(),
  'PostgreSQL restarted': ({ postgres }) => postgres.restart(),
  async 'a tool killed'({ places }) {
    const pid = any(toolsIn(places.root))
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
  /** So that what was made within this soak is old enough to go. */
  async 'marks aged'({ places }) {
    const longAgo = new Date(Date.now() - 3_600_000)
    for (const kind of ['debdiff', 'diffoscope']) {
      const dir = join(places.cache, 'differ/used', kind)
      for (const name of await readdir(dir).catch(() => [])) await utimes(join(dir, name), longAgo, longAgo)
    }
  },
}

/** One fault after another, until told to stop; then all is mended. @returns how often each has happened */
export async function makeTrouble(farm: Farm, stop: AbortSignal): Promise<Map<string, number>> {
  const happened = new Map<string, number>()
  const names = Object.keys(FAULTS)
  for (let turn = 0; !stop.aborted; turn++) {
    const name = names[turn % names.length] as string
    // What a fault finds gone, or in use all the time, is no fault of the service.
    await FAULTS[name]!(farm).then(
      () => happened.set(name, (happened.get(name) ?? 0) + 1),
      (error: NodeJS.ErrnoException) => {
        if (!['ENOENT', 'ESRCH', 'EROFS', 'ENOSPC', 'EBUSY'].includes(error.code ?? '')) throw error
      },
    )
    await sleep(1_500, undefined, { signal: stop }).catch(() => {})
  }
  return happened
}

async function anyEntry({ places }: Farm): Promise<string | null> {
  const dir = join(places.cache, any(['debdiff', 'diffoscope']) as string)
  const name = any(await readdir(dir).catch(() => []))
  return name === undefined ? null : join(dir, name)
}

/** Processes whose temporary directory is below `root`. */
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
