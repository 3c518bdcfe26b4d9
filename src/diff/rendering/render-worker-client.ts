/**
 * Renderings of large reports are made in a thread of their own: what takes seconds of a processor holds up no answer, and the memory that it turns over
 * is bounded by itself. The thread begins with the first of them, and goes on for the next ones.
 */
import { on } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { deserializeError } from '../../serialize-error.ts'
import type { Rendering } from './render-report.ts'
import type { Answer, Request } from './render-worker-messages.ts'

/** Memory that both threads see, in slots: one is read while others are filled. A message is a switch of threads, so a slot holds many chunks. */
const SLOTS = 3
const SLOT_BYTES = 256 * 1024
/** Of what is soon garbage, in megabytes: little of a rendering lives longer than its chunk. */
const YOUNG_MB = 8
/** A rendering needs some 30 MB; what needs as much as this ends its thread, not the service. */
const OLD_MB = 256

const PROGRAM = new URL('./render-worker.mjs', import.meta.url)
const isSource = import.meta.url.endsWith('.ts')

let thread: Worker | null = null
/** Why the last one ended. */
let failure: unknown

/** Starts the thread ahead of the first rendering, which then need not wait for it. */
export function startRenderWorker(): void {
  running()
}

/**
 * The chunks of a rendering, made as they are read; each is only good until the next one is asked for.
 * @throws as a rendering that is made here; Error where the thread has ended
 */
export async function* renderInWorker(rendering: Rendering): AsyncGenerator<Uint8Array, void, void> {
  const { port1: port, port2: theirs } = new MessageChannel()
  const answers = on(port, 'message', { close: ['close'] }) as AsyncIterable<[Answer]>
  const shared = new SharedArrayBuffer(SLOTS * SLOT_BYTES)
  const slots = Array.from({ length: SLOTS }, (_, at) => Buffer.from(shared, at * SLOT_BYTES, SLOT_BYTES))
  const request: Request = { rendering, port: theirs, slots }
  running().postMessage(request, [theirs])
  for (const at of slots.keys()) port.postMessage(at)
  try {
    let turn = 0
    for await (const [answer] of answers) {
      if (answer === 0) return
      if (typeof answer !== 'number') throw deserializeError(answer)
      const at = turn++ % SLOTS
      yield (slots[at] as Buffer).subarray(0, answer)
      port.postMessage(at)
    }
    throw new Error('the thread of renderings has ended', { cause: failure })
  } finally {
    // Tells the thread that nobody reads on.
    port.close()
  }
}

function running(): Worker {
  if (thread) return thread
  const started = new Worker(isSource ? fromSource(PROGRAM) : PROGRAM, {
    eval: isSource,
    // The parent's flags may name loaders that the thread does not need.
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB },
  })
  // Who reads from it hears of its end by his own port; the next one starts another.
  started.on('error', (error) => {
    failure = error
  })
  started.once('exit', () => {
    if (thread === started) thread = null
  })
  started.unref()
  thread = started
  return started
}

/** A program that runs one of TypeScript, which Node.js 20 does not read by itself. */
function fromSource({ href }: URL): string {
  const asText = JSON.stringify(href)
  return `import('tsx/esm/api').then(({ tsImport }) => tsImport(${asText}, ${asText}))`
}
