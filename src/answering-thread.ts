import type { Transferable, Worker } from 'node:worker_threads'
import { startThread, type ThreadOptions } from './start-program.ts'

/**
 * A thread that answers each request with one message, in their order. Its first message says that it takes requests. The process
 * waits for it only while it has not answered.
 */
export class AnsweringThread<Request, Answer> {
  readonly #worker: Worker
  readonly #pending: ((answer: Answer | null) => void)[] = []
  #state: 'starting' | 'ready' | 'ended' = 'starting'
  /** When it takes requests, or has ended. */
  readonly started: Promise<void>

  /** @param program as for `startThread` */
  constructor(program: URL, options: ThreadOptions) {
    this.#worker = startThread(program, options)
    this.#worker.unref()
    // Its end follows.
    this.#worker.on('error', () => {})
    this.#worker.once('exit', () => {
      this.#state = 'ended'
      while (this.#pending.length > 0) this.#settle(null)
    })
    this.started = new Promise((resolve) => {
      this.#worker.once('exit', () => resolve())
      this.#worker.once('message', () => {
        this.#state = 'ready'
        this.#worker.on('message', (answer: Answer) => this.#settle(answer))
        resolve()
      })
    })
  }

  /** Whether it takes requests, which it does not while it starts and after it has ended. */
  get isReady(): boolean {
    return this.#state === 'ready'
  }

  get isIdle(): boolean {
    return this.isReady && this.#pending.length === 0
  }

  get hasEnded(): boolean {
    return this.#state === 'ended'
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  /**
   * Only for a thread that is ready.
   * @param transfer memory that the thread gets instead of a copy
   * @returns null if it ends before it has answered
   */
  protected ask(request: Request, transfer: readonly Transferable[] = []): Promise<Answer | null> {
    return new Promise((resolve) => {
      if (this.#pending.push(resolve) === 1) this.#worker.ref()
      this.#worker.postMessage(request, transfer)
    })
  }

  #settle(answer: Answer | null): void {
    const resolve = this.#pending.shift()
    if (this.#pending.length === 0) this.#worker.unref()
    resolve?.(answer)
  }
}
