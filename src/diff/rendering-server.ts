/** Makes renderings in a thread of their own, as `rendering-thread.ts` asks for them. */
import type { MessagePort } from 'node:worker_threads'
import { type Rendering, renderReport } from './render-report.ts'
import type { Failure } from './rendering-messages.ts'

/** A message is a switch of threads, so it holds as much as this, but for the first one, which is waited for. */
const MESSAGE_BYTES = 256 * 1024

/** Sends chunks for each message, then null; ends when the port is closed. */
export function serveRendering(rendering: Rendering, port: MessagePort): void {
  const chunks = renderReport(rendering)
  let wanted = 1
  const gather = async () => {
    const gathered: Uint8Array<ArrayBuffer>[] = []
    for (let bytes = 0; bytes < wanted; ) {
      const { value, done } = await chunks.next()
      if (done) break
      gathered.push(ownBytes(value))
      bytes += value.length
    }
    wanted = MESSAGE_BYTES
    return gathered
  }
  let turn = Promise.resolve()
  port.on('message', () => {
    turn = turn.then(gather).then(
      (gathered) =>
        port.postMessage(
          gathered.length > 0 ? gathered : null,
          gathered.map(({ buffer }) => buffer),
        ),
      (error: unknown) => port.postMessage(asFailure(error)),
    )
  })
  port.on('close', () => void chunks.return())
}

/** Bytes whose buffer holds nothing else, so that it can be handed over. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isOwn = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
  return isOwn ? new Uint8Array(bytes.buffer as ArrayBuffer) : Uint8Array.from(bytes)
}

function asFailure(error: unknown): Failure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  // Only what goes between threads: no cause, no function.
  const facts = Object.entries(Object(error)).filter(([, fact]) => fact === null || typeof fact !== 'object')
  return { name, message, stack, facts: Object.fromEntries(facts) }
}
