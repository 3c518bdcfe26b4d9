/** Runs a target on a mutated input. A finding includes the seed that reproduces it. */
import { mutate } from './mutate.ts'
import type { Target } from './targets.ts'

/** Inputs have at most 1 MiB, so only a fault can take longer. */
const SLOW_MS = 20_000

export interface Finding {
  readonly target: string
  readonly seed: number
  readonly input: Buffer
  readonly reason: string
}

/** Runs the target on the input that the seed makes. @returns the fault, or null */
export async function tryOne(target: Target, seed: number): Promise<Finding | null> {
  const base = target.seeds[seed % target.seeds.length] ?? Buffer.alloc(0)
  const input = mutate(base, seed, target.seeds)
  const startedMs = performance.now()
  const finding = (reason: string): Finding => ({ target: target.name, seed, input, reason })
  try {
    await target.run(input)
  } catch (error) {
    return finding(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const tookMs = performance.now() - startedMs
  return tookMs > SLOW_MS ? finding(`it took ${Math.round(tookMs)} ms`) : null
}
