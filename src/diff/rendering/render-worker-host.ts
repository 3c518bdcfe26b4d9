/** The side of the render worker that runs in its thread; see `render-worker-client.ts`. */
import { setImmediate } from 'node:timers/promises'
import { serializeError } from '../../serialize-error.ts'
import { renderReport } from './render-report.ts'
import type { RenderRequest, SlotResult } from './render-worker-messages.ts'

const EMPTY = new Uint8Array(0)

/** Fills slots in the order in which the port names them, until the port is closed. */
export function serveRendering({ rendering, port, slots }: RenderRequest): void {
  const chunks = renderReport(rendering)
  /** The part of the last chunk that did not fit into a slot. */
  let left: Uint8Array = EMPTY
  let isFirst = true

  async function fill(slot: Buffer): Promise<number> {
    let length = 0
    while (length < slot.length) {
      if (left.length === 0) {
        const { value, done } = await chunks.next()
        if (done) break
        left = value
        // Lets other renderings run, and this one notice that its port was closed.
        await setImmediate()
      }
      const part = left.subarray(0, slot.length - length)
      // `set` copies to shared memory byte by byte, unless both are aligned.
      if (part.length > 0) slot.fill(part, length, length + part.length)
      length += part.length
      left = left.subarray(part.length)
      // A client waits for the first bytes, so they are not delayed until the slot is full.
      if (isFirst) break
    }
    isFirst = false
    return length
  }

  let queue = Promise.resolve()
  const send = (result: SlotResult) => port.postMessage(result)
  port.on('message', (slot: number) => {
    queue = queue
      .then(() => fill(bufferOf(slots[slot] as Uint8Array)))
      .then(send, (error: unknown) => send(serializeError(error)))
  })
  port.on('close', () => void chunks.return())
}

/** A Buffer becomes a plain array in a message. */
function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length)
}
