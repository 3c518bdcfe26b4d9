/** What a diff was made with. It is stored in the stamp of each diff. */
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

type ToolFacts = Pick<Provenance, 'tool' | 'missing'>

/** diffoscope knows about a hundred. */
const MAX_MISSING = 200
/** Versions are asked for again after this time: a tool may be upgraded while the service runs. */
const MAX_AGE_MS = 3_600_000

/** Runs each tool to ask for its version, which takes 0.1 to 0.5 s, and remembers the result for an hour. */
export class ToolVersions {
  readonly #commands: Readonly<Record<DiffKind, readonly string[]>>
  readonly #tempDir: InstanceDir
  readonly #known = new Map<DiffKind, { facts: Promise<ToolFacts | null>; expiresAtMs: number }>()

  constructor(commands: Readonly<Record<DiffKind, readonly string[]>>, tempDir: InstanceDir) {
    this.#commands = commands
    this.#tempDir = tempDir
  }

  /**
   * Never rejects: without a version, `tool` is null.
   * @param signal stops the tool. Other callers that wait for the same run get no version then.
   */
  async of(kind: DiffKind, signal: AbortSignal): Promise<Provenance> {
    const now = performance.now()
    let known = this.#known.get(kind)
    if (!known || now >= known.expiresAtMs) {
      known = { facts: this.#ask(kind, signal), expiresAtMs: now + MAX_AGE_MS }
      this.#known.set(kind, known)
    }
    const facts = await known.facts
    if (facts === null) this.#known.delete(kind)
    return { differ: VERSION, options: OPTIONS[kind], ...(facts ?? { tool: null }) }
  }

  async #ask(kind: DiffKind, signal: AbortSignal): Promise<ToolFacts | null> {
    const command = this.#commands[kind]
    const options = { workDir: this.#tempDir.path, signal }
    try {
      const [version, missing] = await Promise.all([
        toolVersion(command, options),
        kind === 'diffoscope' ? missingComparators(command, options) : null,
      ])
      if (!('output' in version)) return null
      return {
        tool: version.output,
        ...(missing && 'programs' in missing && { missing: missing.programs.slice(0, MAX_MISSING) }),
      }
    } catch {
      // Cancelled, or the temporary directory cannot be used. A diff without a version is still a diff.
      return null
    }
  }
}
