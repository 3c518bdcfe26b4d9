import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { NO_MOUNTS } from '../fixtures/tmpfs.ts'
import { script } from './script.ts'

const { memoryDir } = await script<{ memoryDir(): Promise<string | null> }>('memory-dir')

/** More than Linux gives to a process. */
const NO_PROCESS = 999_999_999
const LEFT = `/dev/shm/differ-tests-${NO_PROCESS}-left`

const made = await memoryDir()
afterAll(() => (made === null ? undefined : rm(made, { recursive: true })))

it.skipIf(made === null)('makes a directory that all users may use', async () => {
  expect((await stat(made ?? '')).mode & 0o7777).toBe(0o1777)
})

it.skipIf(made === null || NO_MOUNTS !== null)(
  'removes disks that killed test runs have left mounted',
  async () => {
    const disk = join(LEFT, 'disk')
    await mkdir(disk, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk])
    const other = await memoryDir()
    expect(existsSync(LEFT)).toBe(false)
    if (other !== null) await rm(other, { recursive: true })
  },
)

it.skipIf(made === null)('removes what killed test runs have left, and nothing of others', async () => {
  await mkdir(LEFT)
  const other = await memoryDir()
  expect([LEFT, made ?? '', other ?? ''].map(existsSync)).toEqual([false, true, other !== null])
  if (other !== null) await rm(other, { recursive: true })
})
