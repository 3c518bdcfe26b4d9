/** What a closed service leaves in its process. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startService } from '../fixtures/service.ts'

async function startAndClose(): Promise<WeakRef<object>> {
  const service = await startService()
  await service.ask('/metrics')
  await service.close()
  return new WeakRef(service.app)
}

it('frees its memory', async () => {
  const app = await startAndClose()
  const isFreed = async () => {
    // Defined by `--expose-gc` in vitest.config.ts.
    globalThis.gc?.()
    await sleep(1)
    return app.deref() === undefined
  }
  await expect.poll(isFreed, { timeout: 10_000 }).toBe(true)
})
