/** What the engine's tests need: an engine on real parts in a directory of its own, and tools that tell what was asked of them. */
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openDirectoryStore } from '../../src/artifacts/directory.ts'
import type { ArtifactStore } from '../../src/artifacts/store.ts'
import type { DiffCache } from '../../src/diff/cache/diff-cache.ts'
import { EntryStore } from '../../src/diff/cache/entry-store.ts'
import type { Bounds } from '../../src/diff/cache/evictor.ts'
import { type OpenCacheOptions, openCache } from '../../src/diff/cache/open-cache.ts'
import { DiffEngine, type EngineOptions, type MakeOptions } from '../../src/diff/engine.ts'
import { createInstanceDir } from '../../src/diff/tools/instance-dir.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import type { DiffKind, Run, RunPair } from '../../src/model.ts'
import { buildRun, type PackageSpec } from '../fixtures/packages.ts'
import { LIMITS, processesWith } from './tools/helpers.ts'

export const ASKED: MakeOptions = { limits: LIMITS, retrievalTimeoutMs: 10_000, urgency: 'request' }

/** Counts its runs in `log`, waits while `gate` is closed, and then is the real tool, or what `instead` is. */
async function toolScript(root: string, name: string, instead?: string): Promise<string> {
  const path = join(root, `tool-${name}`)
  const rest = instead ?? `exec ${name} "$@"`
  const lines = [
    '#!/bin/bash',
    // Names alone: the last two arguments of both tools are packages, where there is one on each side.
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
  /** Adds two runs to the artifacts. */
  addPair(name: string, old: readonly PackageSpec[], fresh: readonly PackageSpec[]): Promise<RunPair>
  /** How often each run's packages were fetched. */
  readonly fetches: Map<string, number>
  /** One line for each tool that was started: its name and its last package. */
  started(): Promise<string[]>
  /** Lets tools wait at their beginning, until `open`. */
  shut(): Promise<void>
  open(): Promise<void>
  /** Processes and temporary files that are there at this moment. */
  leftovers(): Promise<{ processes: number[]; files: string[] }>
}

export interface KitOptions extends Partial<EngineOptions> {
  /** Another place for the cache, bounds, and who is told of what. */
  readonly cacheOptions?: Partial<Omit<OpenCacheOptions, 'bounds'>> & {
    readonly cacheRoot?: string
    readonly bounds?: Partial<Bounds>
  }
}

/** @param instead lines of shell that a tool is to be, for tools that are not to do their work */
export async function makeKit(
  { cacheOptions: given = {}, ...options }: KitOptions = {},
  instead: Partial<Record<DiffKind, string>> = {},
): Promise<Kit> {
  const root = await mkdtemp(join(tmpdir(), 'differ-engine-'))
  const fetches = new Map<string, number>()
  await mkdir(join(root, 'artifacts'))
  await mkdir(join(root, 'temp'))
  const cacheRoot = given.cacheRoot ?? join(root, 'cache')
  const store = new EntryStore(cacheRoot)
  const tempDir = await createInstanceDir(join(root, 'temp'))
  const incomingDir = await createInstanceDir(await store.incomingDir())
  const bounds = { maxBytes: null, minFreeBytes: 0, maxUnusedMs: null, ...given.bounds }
  const cache = openCache({ ...given, root: cacheRoot, bounds, incomingDir, tempDir })
  const engine = new DiffEngine({
    artifacts: counting(openDirectoryStore(join(root, 'artifacts')), fetches),
    cache,
    tempDir,
    commands: {
      debdiff: [await toolScript(root, 'debdiff', instead.debdiff)],
      diffoscope: [await toolScript(root, 'diffoscope', instead.diffoscope)],
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
    async addPair(name, old, fresh) {
      const pair = { old: makeRun(`${name}-old`), new: makeRun(`${name}-new`) }
      await buildRun(join(root, 'artifacts', pair.old.id), old)
      await buildRun(join(root, 'artifacts', pair.new.id), fresh)
      return pair
    },
    async started() {
      const text = await readFile(join(root, 'log'), 'utf8').catch(() => '')
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/ .*\//, ' '))
    },
    shut: () => writeFile(join(root, 'closed'), ''),
    open: () => removeTree(join(root, 'closed')),
    leftovers: async () => ({
      processes: processesWith(marker),
      files: [...(await readdir(tempDir.path)), ...(await readdir(incomingDir.path))],
    }),
  }
}

export function makeRun(id: string): Run {
  return {
    id,
    codebase: 'alpha',
    campaign: 'test',
    source: 'alpha',
    version: '1',
    resultCode: 'success',
    startTime: null,
    finishTime: null,
    revision: null,
    mainBranchRevision: null,
    changeSet: null,
  }
}

function counting(store: ArtifactStore, fetches: Map<string, number>): ArtifactStore {
  return {
    ...store,
    fetch(runId, dir, signal) {
      fetches.set(runId, (fetches.get(runId) ?? 0) + 1)
      return store.fetch(runId, dir, signal)
    },
  }
}

/** Resolves when `condition` holds. @throws after ten seconds */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`it never came about: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
