/** A machine with a cache in front of a bucket. */
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBucket } from '../../../src/bucket/open-bucket.ts'
import type { DiffCache } from '../../../src/diff/cache/diff-cache.ts'
import type { CacheEntry, CacheFormat } from '../../../src/diff/cache/entry-store.ts'
import { openCache } from '../../../src/diff/cache/open-cache.ts'
import type { Origin } from '../../../src/diff/cache/origin.ts'
import { openContent } from '../../../src/diff/content/content-file.ts'
import { createInstanceDir } from '../../../src/diff/tools/instance-dir.ts'
import type { EntryKind } from '../../../src/model.ts'

export interface Machine {
  readonly root: string
  readonly cache: DiffCache
  /** What happened to the bucket: `lookup hit`, `away`, … */
  readonly events: string[]
  publish(
    kind: EntryKind,
    oldId: string,
    newId: string,
    content: string | Buffer,
    origin?: Origin,
  ): Promise<CacheEntry>
  /** The content of an entry; null if neither this machine nor the bucket has it. */
  read(kind: EntryKind, oldId: string, newId: string): Promise<string | null>
  /** Stops it and keeps its files. */
  stop(): Promise<void>
  close(): Promise<void>
}

export interface MachineOptions {
  /** Of a machine that was stopped. */
  readonly root?: string
  readonly format?: CacheFormat
  /** Whether it uploads. */
  readonly isStarted?: boolean
}

export async function openMachine(
  location: string | null,
  { root: given, format = 'compressed', isStarted = true }: MachineOptions = {},
): Promise<Machine> {
  const root = given ?? (await mkdtemp(join(tmpdir(), 'differ-machine-')))
  await mkdir(join(root, 'differ', 'incoming'), { recursive: true })
  await mkdir(join(root, 'temp'), { recursive: true })
  const [tempDir, incomingDir] = await Promise.all(
    ['temp', join('differ', 'incoming')].map((dir) => createInstanceDir(join(root, dir))),
  )
  if (!tempDir || !incomingDir) throw new Error('no directories')
  const events: string[] = []
  const bucket = location === null ? null : await openBucket(location)
  const cache = openCache({
    ...{ root, format, tempDir, incomingDir, bounds: { maxBytes: null, minFreeBytes: 0, maxUnusedMs: null } },
    shared:
      (location !== null &&
        bucket && {
          ...{ location, bucket },
          onRequest: (operation, outcome) => events.push(`${operation} ${outcome}`),
          onAway: () => events.push('away'),
          onBack: () => events.push('back'),
        }) ||
      null,
  })
  if (isStarted) cache.start()
  const stop = async () => {
    await cache.close()
    bucket?.close()
    await Promise.all([tempDir.remove(), incomingDir.remove()])
  }
  return {
    root,
    cache,
    events,
    publish: (kind, oldId, newId, content, origin = {}) =>
      cache.withWriteTarget(
        async (target) => {
          const path = join(target.dir, randomUUID())
          await writeFile(path, content)
          return target.publish(kind, oldId, newId, path, origin)
        },
        () => false,
      ),
    read: async (kind, oldId, newId) => {
      const entry = await cache.find(kind, oldId, newId)
      return entry && (await contentOf(entry.path))
    },
    stop,
    close: async () => {
      await stop()
      await rm(root, { recursive: true, force: true })
    },
  }
}

export async function contentOf(path: string): Promise<string> {
  const file = await openContent(path)
  try {
    const bytes = Buffer.alloc(file.sizeBytes)
    await file.read(bytes, 0, bytes.length, 0)
    return bytes.toString()
  } finally {
    await file.close()
  }
}
