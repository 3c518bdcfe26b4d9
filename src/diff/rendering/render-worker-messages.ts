/** Messages between the service and its render worker. */
import type { MessagePort } from 'node:worker_threads'
import type { SerializedError } from '../../serialize-error.ts'
import type { Rendering } from './render-report.ts'

/**
 * Starts a rendering. Each message on `port` is then the number of a slot to fill, and is answered with a
 * `SlotResult`, in the same order. Closing the port ends the rendering.
 */
export interface RenderRequest {
  readonly rendering: Rendering
  readonly port: MessagePort
  /** Shared memory. The worker owns a slot from the message with its number until the result. */
  readonly slots: readonly Uint8Array[]
}

/**
 * The number of bytes in the slot (0: the rendering has ended), or the error with which the rendering failed.
 */
export type SlotResult = number | SerializedError
