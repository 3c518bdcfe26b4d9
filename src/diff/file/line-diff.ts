/** The lines in which two texts differ, as a unified diff without file names. */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { runTool } from '../tools/process.ts'
import { range } from './facts.ts'
import { NO_LINE_FEED, shortDiff } from './short-diff.ts'
import type { UnpackOptions } from './text-content.ts'

/** As diffoscope's reports have. */
export const CONTEXT_LINES = 7
/** After this time, the texts count as different from their first to their last line. */
const TIMEOUT_MS = 5_000
const PIECE_BYTES = 1 << 20
const LABELS = ['--label', 'a', '--label', 'b']
const LABEL_BYTES = Buffer.byteLength('--- a\n+++ b\n')

export interface LineDiff {
  readonly pieces: AsyncIterable<string> | Iterable<string>
  /** Whether it only says that all lines are others, because matching them took too long. */
  readonly isCoarse: boolean
}

/**
 * @param old UTF-8, like `newer`, which has other bytes
 * @throws errors of the system; `options.signal.reason`
 */
export async function lineDiff(old: Buffer, newer: Buffer, options: UnpackOptions): Promise<LineDiff> {
  if (old.length === 0 || newer.length === 0) return { pieces: wholeDiff(old, newer), isCoarse: false }
  // Starting a program in a sandbox takes longer than finding a few changes.
  const short = shortDiff(old, newer, CONTEXT_LINES)
  if (short) return { pieces: short, isCoarse: false }
  const { workDir, sandbox, limits, signal } = options
  await mkdir(workDir, { recursive: true, mode: 0o700 })
  const path = join(workDir, randomUUID())
  await Promise.all([writeFile(`${path}.old`, old), writeFile(`${path}.new`, newer)])
  const outputPath = `${path}.diff`
  const command = ['diff', '-a', `-U${CONTEXT_LINES}`, ...LABELS, `${path}.old`, `${path}.new`]
  const result = await runTool(command, {
    workDir,
    sandbox,
    signal,
    outputPath,
    inputDirs: [workDir],
    limits: { ...limits, timeoutMs: Math.min(TIMEOUT_MS, limits.timeoutMs) },
  })
  signal.throwIfAborted()
  if (result.exitCode !== 1 || result.stopped || result.failure)
    return { pieces: wholeDiff(old, newer), isCoarse: true }
  return { pieces: createReadStream(outputPath, { encoding: 'utf8', start: LABEL_BYTES }), isCoarse: false }
}

/** All old lines as removed, all new lines as added. */
export function* wholeDiff(old: Buffer, newer: Buffer): Generator<string, void, void> {
  if (old.length + newer.length === 0) return
  yield `@@ -${range(countLines(old))} +${range(countLines(newer))} @@\n`
  yield* signed(old, '-')
  yield* signed(newer, '+')
}

function* signed(bytes: Buffer, sign: string): Generator<string, void, void> {
  if (bytes.length === 0) return
  const hasLineFeed = bytes.at(-1) === LINE_FEED
  const end = hasLineFeed ? bytes.length - 1 : bytes.length
  const decoder = new StringDecoder('utf8')
  yield sign
  for (let at = 0; at < end; at += PIECE_BYTES)
    yield decoder.write(bytes.subarray(at, Math.min(at + PIECE_BYTES, end))).replaceAll('\n', `\n${sign}`)
  yield `${decoder.end()}\n${hasLineFeed ? '' : NO_LINE_FEED}`
}

const LINE_FEED = 0x0a

function countLines(bytes: Buffer): number {
  let count = bytes.length > 0 && bytes.at(-1) !== LINE_FEED ? 1 : 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1
  return count
}
