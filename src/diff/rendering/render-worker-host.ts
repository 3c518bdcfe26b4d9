/** Makes renderings in a thread of their own, as `rendering-thread.ts` asks for them. */
import { setImmediate } from 'node:timers/promises'
import { serializeError } from '../../serialize-error.ts'
import { renderReport } from './render-report.ts'
import type { Answer, Request } from './render-worker-messages.ts'

const NOTHING = new Uint8Array(0)

/** Fills slots as the port names them; ends when it is closed. */
export function serveRendering({ rendering, port, slots }: Request): void {
  const chunks = renderReport(rendering)
  /** Of the last chunk, what no slot has got yet. */
  let left: Uint8Array = NOTHING
  let isFirst = true

  async function fill(slot: Uint8Array): Promise<number> {
    let length = 0
    while (length < slot.length) {
      if (left.length === 0) {
        const { value, done } = await chunks.next()
        if (done) break
        left = value
        // Others may want to begin, and whoever left is to be heard.
        await setImmediate()
      }
      const part = left.subarray(0, slot.length - length)
      slot.set(part, length)
      length += part.length
      left = left.subarray(part.length)
      // The beginning is waited for.
      if (isFirst) break
    }
    isFirst = false
    return length
  }

  let turn = Promise.resolve()
  const answer = (said: Answer) => port.postMessage(said)
  port.on('message', (at: number) => {
    turn = turn
      .then(() => fill(slots[at] as Uint8Array))
      .then(answer, (error) => answer(serializeError(error)))
  })
  port.on('close', () => void chunks.return())
}
