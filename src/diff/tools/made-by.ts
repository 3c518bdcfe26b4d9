/** What diffs are made with, as it is noted beside each of them. */
import type { DiffKind } from '../../model.ts'
import { VERSION } from '../../version.ts'
import type { MadeBy } from '../store.ts'
import { DEBDIFF_OPTIONS } from './debdiff.ts'
import { DIFFOSCOPE_OPTIONS } from './diffoscope.ts'
import type { InstanceDir } from './instance-dir.ts'
import { toolVersion } from './tool-versions.ts'

const OPTIONS: Readonly<Record<DiffKind, readonly string[]>> = {
  debdiff: DEBDIFF_OPTIONS,
  diffoscope: DIFFOSCOPE_OPTIONS,
}
/** A tool may be upgraded while the service runs. */
const REMEMBER_MS = 3_600_000

/** Asks each tool for its version when that is first wanted, and again after a while: 0.1 to 0.5 s. */
export class ToolFacts {
  readonly #commands: Readonly<Record<DiffKind, readonly string[]>>
  readonly #tempDir: InstanceDir
  readonly #known = new Map<DiffKind, { version: Promise<string | null>; dueMs: number }>()

  constructor(commands: Readonly<Record<DiffKind, readonly string[]>>, tempDir: InstanceDir) {
    this.#commands = commands
    this.#tempDir = tempDir
  }

  /** @param signal ends the asking; whoever else waits for it is told of no version then */
  async of(kind: DiffKind, signal: AbortSignal): Promise<MadeBy> {
    const now = performance.now()
    let known = this.#known.get(kind)
    if (!known || now >= known.dueMs) {
      known = { version: this.#ask(kind, signal), dueMs: now + REMEMBER_MS }
      this.#known.set(kind, known)
    }
    const tool = await known.version
    if (tool === null) this.#known.delete(kind)
    return { differ: VERSION, tool, options: OPTIONS[kind] }
  }

  async #ask(kind: DiffKind, signal: AbortSignal): Promise<string | null> {
    try {
      const answer = await toolVersion(this.#commands[kind], { workDir: this.#tempDir.path, signal })
      return 'output' in answer ? answer.output : null
    } catch {
      return null
    }
  }
}
