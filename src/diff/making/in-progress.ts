import type { DiffProgress, Limits } from '../../model.ts'
import { activeSpan, type SpanContext } from '../../tracing.ts'
import { GrowingFile } from './growing-file.ts'
import type { ToolJob } from './tool-slots.ts'

type ProgressListener = (progress: DiffProgress) => void

/**
 * A diff that is being made. Callers that join it can raise its urgency, follow its progress, and read its
 * output.
 */
export class DiffInProgress {
  readonly job: ToolJob
  readonly limits: Limits
  /** What the tool prints. It stays empty for diffoscope, whose output is not yet the diff. */
  readonly output = new GrowingFile()
  /** The span in which it was started. */
  readonly startedIn: SpanContext | undefined = activeSpan()
  readonly #listeners = new Set<ProgressListener>()
  #last: DiffProgress | null = null

  constructor(limits: Limits, job: ToolJob) {
    this.limits = limits
    this.job = job
  }

  report(progress: DiffProgress): void {
    this.#last = progress
    for (const listener of this.#listeners) listener(progress)
  }

  /** The listener gets the last report at once. @returns a function that removes it */
  onProgress(listener: ProgressListener): () => void {
    if (this.#last) listener(this.#last)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
