/** What diffs are made with, as it is noted beside each of them. */
import type { DiffKind } from '../../model.ts'
import { VERSION } from '../../version.ts'
import type { InstanceDir } from './instance-dir.ts'
import { DEBDIFF_OPTIONS } from './run-debdiff.ts'
import { DIFFOSCOPE_OPTIONS } from './run-diffoscope.ts'
import { missingComparators, toolVersion } from './tool-versions.ts'

const OPTIONS: Readonly<Record<DiffKind, readonly string[]>> = {
  debdiff: DEBDIFF_OPTIONS,
  diffoscope: DIFFOSCOPE_OPTIONS,
}
type Facts = Pick<Provenance, 'tool' | 'missing'>

/** What a diff was made with. */
export interface Provenance {
  /** Version of Differ. */
  readonly differ: string
  /** The tool's version as the tool prints it; null if it printed none. */
  readonly tool: string | null
  /** The tool's arguments without the packages. */
  readonly options: readonly string[]
  /** Programs that diffoscope would have used but did not find. */
  readonly missing?: readonly string[]
}

/** diffoscope knows about a hundred. */
const MAX_MISSING = 200
/** A tool may be upgraded while the service runs. */
const REMEMBER_MS = 3_600_000

/** Asks each tool for its version when that is first wanted, and again after a while: 0.1 to 0.5 s. */
export class ToolVersions {
  readonly #commands: Readonly<Record<DiffKind, readonly string[]>>
  readonly #tempDir: InstanceDir
  readonly #known = new Map<DiffKind, { facts: Promise<Facts | null>; dueMs: number }>()

  constructor(commands: Readonly<Record<DiffKind, readonly string[]>>, tempDir: InstanceDir) {
    this.#commands = commands
    this.#tempDir = tempDir
  }

  /** @param signal ends the asking; whoever else waits for it is told of no version then */
  async of(kind: DiffKind, signal: AbortSignal): Promise<Provenance> {
    const now = performance.now()
    let known = this.#known.get(kind)
    if (!known || now >= known.dueMs) {
      known = { facts: this.#ask(kind, signal), dueMs: now + REMEMBER_MS }
      this.#known.set(kind, known)
    }
    const facts = await known.facts
    if (facts === null) this.#known.delete(kind)
    return { differ: VERSION, options: OPTIONS[kind], ...(facts ?? { tool: null }) }
  }

  async #ask(kind: DiffKind, signal: AbortSignal): Promise<Facts | null> {
    const command = this.#commands[kind]
    const options = { workDir: this.#tempDir.path, signal }
    try {
      const [version, lacking] = await Promise.all([
        toolVersion(command, options),
        kind === 'diffoscope' ? missingComparators(command, options) : null,
      ])
      if (!('output' in version)) return null
      return {
        tool: version.output,
        ...(lacking && 'programs' in lacking && { missing: lacking.programs.slice(0, MAX_MISSING) }),
      }
    } catch {
      return null
    }
  }
}
