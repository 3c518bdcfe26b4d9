import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { MemoryPressure, type PressureLevel } from '../../../src/diff/making/memory-pressure.ts'
import { OverloadedError } from '../../../src/errors.ts'

const MB = 1e6

function watch(pauseMb: number, refuseMb: number) {
  const levels: PressureLevel[] = []
  const resident = process.memoryUsage.rss()
  const pressure = new MemoryPressure({
    thresholds: { pauseBytes: resident + pauseMb * MB, refuseBytes: resident + refuseMb * MB },
    onChange: (level) => levels.push(level),
  })
  onTestFinished(() => pressure.close())
  return { pressure, levels }
}

const isSettled = async (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 20))])

describe('memory pressure', () => {
  it('delays nothing if enough memory is free', async () => {
    const { pressure } = watch(100_000, 200_000)
    expect(pressure.level).toBe('none')
    pressure.assertCapacity()
    await pressure.waitUntilRelieved(AbortSignal.timeout(1000))
  })

  it('first pauses background work, then refuses new diffs, and ends when memory is free again', async () => {
    // The memory of this process depends on the test files that it ran before.
    const resident = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(1_000 * MB)
    onTestFinished(() => resident.mockRestore())
    const { pressure, levels } = watch(300, 700)
    resident.mockReturnValue(1_500 * MB)
    await expect.poll(() => pressure.level).toBe('pause')
    pressure.assertCapacity()
    const waiting = pressure.waitUntilRelieved(new AbortController().signal)
    expect(await isSettled(waiting)).toBe(false)

    resident.mockReturnValue(1_900 * MB)
    await expect.poll(() => pressure.level).toBe('refuse')
    expect(() => pressure.assertCapacity()).toThrow(OverloadedError)

    resident.mockReturnValue(1_000 * MB)
    await expect.poll(() => pressure.level).toBe('none')
    await waiting
    pressure.assertCapacity()
    expect(levels).toEqual(['pause', 'refuse', 'none'])
  })

  it('refuses all reading above the last threshold, as soon as it is asked', () => {
    const resident = process.memoryUsage.rss()
    const thresholds = { pauseBytes: resident / 4, refuseBytes: resident / 3, stopBytes: resident / 2 }
    const pressure = new MemoryPressure({ thresholds })
    onTestFinished(() => pressure.close())
    expect(pressure.level).toBe('stop')
    expect(() => pressure.assertReadable()).toThrow(OverloadedError)
    expect(() => pressure.assertCapacity()).toThrow(OverloadedError)
  })

  it('reads on below the last threshold', () => {
    const { pressure } = watch(-1e6, -1e6)
    expect(pressure.level).toBe('refuse')
    pressure.assertReadable()
  })

  it('measures the memory again before something is read, not only twice a second', async () => {
    const { pressure } = watch(100_000, 200_000)
    const resident = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(1e15)
    onTestFinished(() => resident.mockRestore())
    expect(pressure.level).toBe('none')
    const levelAfterReading = () => {
      pressure.assertReadable()
      return pressure.level
    }
    await expect.poll(levelAfterReading, { timeout: 300, interval: 5 }).toBe('refuse')
  })

  it('stops waiting when the signal aborts', async () => {
    const { pressure } = watch(-1e6, 1e6)
    expect(pressure.level).toBe('pause')
    const stop = new AbortController()
    const waiting = pressure.waitUntilRelieved(stop.signal)
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
  })
})
