/** An engine for tests, with real parts in a temporary directory, and tools that log each start. */
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { openDirectoryStore } from '../../src/artifacts/directory.ts'
import type { ArtifactStore } from '../../src/artifacts/store.ts'
import type { DiffCache } from '../../src/diff/cache/diff-cache.ts'
import { EntryStore } from '../../src/diff/cache/entry-store.ts'
import type { Bounds } from '../../src/diff/cache/evictor.ts'
import { type OpenCacheOptions, openCache } from '../../src/diff/cache/open-cache.ts'
import { DiffEngine } from '../../src/diff/engine.ts'
import type { EngineOptions } from '../../src/diff/engine-options.ts'
import { createInstanceDir } from '../../src/diff/tools/instance-dir.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import type { DiffKind, RunPair } from '../../src/model.ts'
import { buildRun, type PackageSpec } from '../fixtures/packages.ts'
import { serviceFixture, toolResults } from '../fixtures/service.ts'
import { makeRun } from './engine-options.ts'
import { processesWith } from './tools/helpers.ts'

export { MAKE_OPTIONS, makeRun } from './engine-options.ts'

/**
 * A script that logs its start, waits while the file `closed` exists, and then runs the lines
 * `rest`.
 */
async function toolScript(root: string, name: string, rest: string): Promise<string> {
  const path = join(root, `tool-${name}`)
  const lines = [
    '#!/bin/bash',
    // The last argument of both tools is a package.
    `echo "${name} \${@: -1}" >> ${root}/log`,
    `while [ -e ${root}/closed ]; do sleep 0.02; done`,
    rest,
  ]
  await writeFile(path, `${lines.join('\n')}\n`)
  await chmod(path, 0o755)
  return path
}

export interface Kit {
  readonly root: string
  readonly engine: DiffEngine
  readonly cache: DiffCache
  readonly store: EntryStore
  /** Adds the artifacts of two runs. */
  addPair(
    name: string,
    oldPackages: readonly PackageSpec[],
    newPackages: readonly PackageSpec[],
  ): Promise<RunPair>
  /** Run id → how often its packages were fetched. */
  readonly fetches: Map<string, number>
  /** One line for each start of a tool: its name and its last package. */
  startedTools(): Promise<string[]>
  /** Makes tools wait at their start until `releaseTools`. */
  holdTools(): Promise<void>
  releaseTools(): Promise<void>
  /** Processes and temporary files that exist now. */
  leftovers(): Promise<{ processes: number[]; files: string[] }>
}

export interface KitOptions extends Partial<EngineOptions> {
  /** Another directory, bounds and callbacks of the cache. */
  readonly cacheOptions?: Partial<Omit<OpenCacheOptions, 'bounds'>> & {
    readonly cacheRoot?: string
    readonly bounds?: Partial<Bounds>
  }
}

/** @param instead shell lines that replace a tool */
export async function makeKit(
  { cacheOptions = {}, ...options }: KitOptions = {},
  instead: Partial<Record<DiffKind, string>> = {},
): Promise<Kit> {
  const root = await mkdtemp(join(tmpdir(), 'differ-engine-'))
  const fetches = new Map<string, number>()
  await mkdir(join(root, 'artifacts'))
  await mkdir(join(root, 'temp'))
  const cacheRoot = cacheOptions.cacheRoot ?? join(root, 'cache')
  const store = new EntryStore(cacheRoot)
  const tempDir = await createInstanceDir(join(root, 'temp'))
  const incomingDir = await createInstanceDir(await store.incomingDir())
  const bounds = { maxBytes: null, minFreeBytes: 0, maxUnusedMs: null, ...cacheOptions.bounds }
  const cache = openCache({ ...cacheOptions, root: cacheRoot, bounds, incomingDir, tempDir })
  // The sandbox does not contain the results that are shared.
  const isShared = options.sandbox !== 'bubblewrap'
  const run = isShared ? `exec ${serviceFixture('remembers')} ${(await toolResults()) ?? 'none'}` : 'exec'
  const engine = new DiffEngine({
    artifacts: countFetches(openDirectoryStore(join(root, 'artifacts')), fetches),
    cache,
    tempDir,
    commands: {
      debdiff: [await toolScript(root, 'debdiff', instead.debdiff ?? `${run} debdiff "$@"`)],
      diffoscope: [await toolScript(root, 'diffoscope', instead.diffoscope ?? `${run} diffoscope "$@"`)],
    },
    concurrency: 2,
    maxInProgress: 10,
    ...options,
  })
  onTestFinished(async () => {
    await engine.close()
    await cache.close()
    await removeTree(root)
  })
  const marker = `TMPDIR=${tempDir.path}`
  return {
    root,
    engine,
    cache,
    store,
    fetches,
    async addPair(name, oldPackages, newPackages) {
      const pair = { old: makeRun(`${name}-old`), new: makeRun(`${name}-new`) }
      await buildRun(join(root, 'artifacts', pair.old.id), oldPackages)
      await buildRun(join(root, 'artifacts', pair.new.id), newPackages)
      return pair
    },
    async startedTools() {
      const text = await readFile(join(root, 'log'), 'utf8').catch(() => '')
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/ .*\//, ' '))
    },
    holdTools: () => writeFile(join(root, 'closed'), ''),
    releaseTools: () => removeTree(join(root, 'closed')),
    leftovers: async () => ({
      processes: processesWith(marker),
      files: [...(await readdir(tempDir.path)), ...(await readdir(incomingDir.path))],
    }),
  }
}

function countFetches(store: ArtifactStore, fetches: Map<string, number>): ArtifactStore {
  return {
    ...store,
    fetch(runId, ...request) {
      fetches.set(runId, (fetches.get(runId) ?? 0) + 1)
      return store.fetch(runId, ...request)
    },
  }
}

/** Resolves when `condition` is true. @throws Error after half a minute */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 10 })
}
