/**
 * Renderings of large reports are made in a thread of their own: what takes seconds of a processor holds up no answer, and the memory that it turns over
 * is bounded by itself. The thread begins with the first of them, and goes on for the next ones.
 */
import { on } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import * as errors from '../errors.ts'
import type { Rendering } from './render-report.ts'
import type { Answer, Failure } from './rendering-messages.ts'

/** Messages that are on their way while one is read. */
const AHEAD = 2
/** Of what is soon garbage, in megabytes: little of a rendering lives longer than its chunk. */
const YOUNG_MB = 8
/** A rendering needs some 30 MB; what needs as much as this ends its thread, not the service. */
const OLD_MB = 256

const PROGRAM = new URL('./rendering-worker.mjs', import.meta.url)
const isSource = import.meta.url.endsWith('.ts')

let thread: Worker | null = null
/** Why the last one ended. */
let failure: unknown

/** Starts the thread ahead of the first rendering, which then need not wait for it. */
export function startRenderingThread(): void {
  running()
}

/**
 * The chunks of a rendering, made as they are read.
 * @throws as a rendering that is made here; Error where the thread has ended
 */
export async function* renderInThread(rendering: Rendering): AsyncGenerator<Uint8Array, void, void> {
  const { port1: port, port2: theirs } = new MessageChannel()
  const answers = on(port, 'message', { close: ['close'] }) as AsyncIterable<[Answer]>
  running().postMessage({ rendering, port: theirs }, [theirs])
  for (let i = 0; i < AHEAD; i++) port.postMessage(null)
  try {
    for await (const [answer] of answers) {
      if (answer === null) return
      if (!Array.isArray(answer)) throw asThrown(answer as Failure)
      port.postMessage(null)
      yield* answer
    }
    throw new Error('the thread of renderings has ended', { cause: failure })
  } finally {
    // Tells the thread that nobody reads on.
    port.close()
  }
}

function asThrown({ name, facts, ...rest }: Failure): Error {
  const known = (errors as Record<string, { readonly prototype: Error }>)[name]
  return Object.assign(Object.create(known?.prototype ?? Error.prototype), facts, { name, ...rest })
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
