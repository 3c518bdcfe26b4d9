/** Collects what a running tool writes to its pipes. */
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { HeadTailBuffer } from './head-tail-buffer.ts'
import { lineReader } from './line-reader.ts'
import { OutputFile } from './output-file.ts'
import { OutputPump, type Sink } from './output-pump.ts'
import type { SandboxInit } from './process-table.ts'
import { type SandboxedEnd, STATUS_DESCRIPTOR, sandboxedEnd, sandboxInit } from './sandbox.ts'
import { PROGRESS_DESCRIPTOR } from './start.ts'

const STDERR_BYTES = 64 * 1024
/** A pipe that is still open so long after the tool's death is held by a process that we cannot find. */
const CLOSE_TIMEOUT_MS = 250

export interface CollectOptions {
  /** Gets standard output. */
  readonly sink: Sink
  /** The file that is the tool's standard output; undefined if that is a pipe. */
  readonly stdoutPath?: string | undefined
  /** The most bytes of standard output that the sink gets. */
  readonly limitBytes: number
  /** Gets the lines that the tool writes to `PROGRESS_DESCRIPTOR`. */
  readonly onStatusLine?: ((line: string) => void) | undefined
  /** Called when the tool has printed more than `limitBytes`. */
  onOverflow(): void
  /** Called when the sink has thrown: see `sinkError`. */
  onSinkError(): void
}

/** The pipes of one tool. Reading begins at once. */
export class ToolStreams {
  readonly #stderr: Readable
  readonly #progress: Readable | null
  readonly #sandboxStatus: Readable | null
  readonly #stderrText = new HeadTailBuffer(STDERR_BYTES)
  readonly #pump: OutputPump | OutputFile
  /** Resolves when all of standard output has been delivered, or the sink has thrown. */
  readonly #delivered: Promise<void>
  #sinkError: Error | null = null
  #sandboxInit: SandboxInit | null = null
  #sandboxedEnd: SandboxedEnd | null = null

  constructor(
    child: ChildProcess,
    { sink, stdoutPath, limitBytes, onStatusLine, ...options }: CollectOptions,
  ) {
    this.#stderr = child.stderr as Readable
    this.#progress = (child.stdio[PROGRESS_DESCRIPTOR] as Readable | null | undefined) ?? null
    this.#sandboxStatus = (child.stdio[STATUS_DESCRIPTOR] as Readable | null | undefined) ?? null
    this.#stderr.on('data', (chunk: Buffer) => this.#stderrText.push(chunk))
    if (onStatusLine) this.#progress?.on('data', lineReader(onStatusLine))
    this.#sandboxStatus?.on(
      'data',
      lineReader((line) => {
        this.#sandboxInit ??= sandboxInit(line)
        this.#sandboxedEnd = sandboxedEnd(line) ?? this.#sandboxedEnd
      }),
    )
    const onOverflow = () => options.onOverflow()
    this.#pump =
      stdoutPath === undefined
        ? new OutputPump(child.stdout as Readable, sink, limitBytes, onOverflow)
        : new OutputFile(stdoutPath, sink, limitBytes, onOverflow)
    this.#delivered = this.#pump.finished.catch((error: Error) => {
      this.#sinkError = error
      options.onSinkError()
    })
  }

  /** What the sink threw, or null. */
  get sinkError(): Error | null {
    return this.#sinkError
  }

  /** Whether the tool runs in a sandbox, which reports how the tool ended. */
  get isSandboxed(): boolean {
    return this.#sandboxStatus !== null
  }

  /** The process that begins the sandbox; null without a sandbox, or before it has started. */
  get sandboxInit(): SandboxInit | null {
    return this.#sandboxInit
  }

  /** How the tool ended, as its sandbox reports it; null without a sandbox, or if the tool never ran. */
  get sandboxedEnd(): SandboxedEnd | null {
    return this.#sandboxedEnd
  }

  /** Bytes of standard output that the sink has taken. */
  get outputBytes(): number {
    return this.#pump.bytes
  }

  /** Standard error, shortened, without the names of the `hidden` directories. */
  stderr(hidden: readonly string[]): string {
    return this.#stderrText.show(hidden)
  }

  /** Waits until the sandbox has reported how the tool ended. Call it after the child has exited. */
  async waitForSandbox(): Promise<void> {
    if (this.#sandboxStatus) await untilClosed(this.#sandboxStatus)
  }

  /**
   * Delivers what is left in the pipes after all processes of the tool are dead.
   * @param signalled resolves if the tool is stopped: a sink that never returns must not delay the result
   *   then
   */
  async drain(signalled: Promise<void>): Promise<void> {
    await Promise.race([Promise.all([this.#pump.drain(), this.#delivered]), signalled])
    await untilClosed(this.#stderr)
  }

  close(): void {
    this.#pump.close()
    this.#stderr.destroy()
    this.#progress?.destroy()
    this.#sandboxStatus?.destroy()
  }
}

async function untilClosed(stream: Readable): Promise<void> {
  if (stream.closed) return
  const timer = new AbortController()
  const close = new Promise((resolve) => stream.once('close', resolve))
  await Promise.race([close, sleep(CLOSE_TIMEOUT_MS, undefined, { signal: timer.signal })])
  timer.abort()
}
