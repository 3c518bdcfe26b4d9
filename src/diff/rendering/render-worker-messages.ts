/** What goes between the service and its thread of renderings. */
import type { MessagePort } from 'node:worker_threads'
import type { SerializedError } from '../../serialize-error.ts'
import type { Rendering } from './render-report.ts'

/** Begins a rendering. What the port then brings are places of slots to be filled, each answered in turn. */
export interface Request {
  readonly rendering: Rendering
  readonly port: MessagePort
  /** Of memory that both see; nobody touches one between the message that names it and the answer but who fills it. */
  readonly slots: readonly Uint8Array[]
}

/** How many bytes a slot has got, 0 at the end, or how it failed. */
export type Answer = number | SerializedError
