/** Gives a target changed inputs; a finding names the number that it was made from. */
import { mutate } from './mutate.ts'
import type { Target } from './targets.ts'

/** An input of at most 1 MiB takes longer than this only by a fault. */
const SLOW_MS = 20_000

export interface Finding {
  readonly target: string
  readonly seed: number
  readonly input: Buffer
  readonly reason: string
}

/** What one number finds; null: nothing. */
export async function tryOne(target: Target, seed: number): Promise<Finding | null> {
  const base = target.seeds[seed % target.seeds.length] ?? Buffer.alloc(0)
  const input = mutate(base, seed, target.seeds)
  const started = performance.now()
  const finding = (reason: string): Finding => ({ target: target.name, seed, input, reason })
  try {
    await target.run(input)
  } catch (error) {
    return finding(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const took = performance.now() - started
  return took > SLOW_MS ? finding(`it took ${Math.round(took)} ms`) : null
}
