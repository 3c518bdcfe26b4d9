import { describe, expect, it } from 'vitest'
import { runFixture } from './helpers.ts'

describe('the CPU time of a tool', () => {
  it('is what it used until it was stopped at its limit', async () => {
    const chunks: Buffer[] = []
    const { result } = await runFixture('prints-cpu-time', {
      limits: { cpuSeconds: 1 },
      onOutput: (chunk) => void chunks.push(Buffer.from(chunk)),
    })
    expect(result.signal).toBe('SIGXCPU')
    // Not always a second: for the limit, Linux counts whole ticks.
    const used = Number(Buffer.concat(chunks))
    expect(used).toBeGreaterThan(0)
    // It is reported in hundredths of a second, of the program and of the kernel.
    expect(result.processorSeconds).toBeGreaterThan(used - 0.03)
    expect(result.processorSeconds).toBeLessThan(used + 0.2)
  })

  it('is known of a tool in the sandbox, of which the kernel counts nothing', async () => {
    const { result } = await runFixture('burns-cpu', { limits: { cpuSeconds: 2 }, sandbox: 'bubblewrap' })
    expect(result.signal).toBe('SIGXCPU')
    expect(result.processorSeconds).toBeGreaterThanOrEqual(1)
  })

  it('is small for a tool that only waits, whatever ran before', async () => {
    const { result: busy } = await runFixture('burns-cpu', { limits: { cpuSeconds: 1 } })
    const { result } = await runFixture('hangs', { limits: { timeoutMs: 300 } })
    expect(result.processorSeconds).toBeLessThan(busy.processorSeconds / 2)
  })

  it('includes the children that the tool waited for', async () => {
    const { result } = await runFixture('burns-in-children')
    expect(result.exitCode).toBe(0)
    expect(result.processorSeconds).toBeGreaterThanOrEqual(0.2)
  })
})
