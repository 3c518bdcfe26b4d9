import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { eventLoopTurnsDuring } from '../../fixtures/event-loop-turns.ts'
import { scratch } from './helpers.ts'

const NOBODY = 65534

test('does nothing for a directory that does not exist', async () => {
  await removeTree(join(await scratch(), 'absent'))
})

test('removes a link but not its target', async () => {
  const parent = await scratch()
  await mkdir(join(parent, 'kept'))
  await writeFile(join(parent, 'kept/file'), 'x')
  await mkdir(join(parent, 'gone'))
  await symlink('../kept', join(parent, 'gone/link'))
  await removeTree(join(parent, 'gone'))
  expect(await readdir(join(parent, 'kept'))).toEqual(['file'])
  expect(await readdir(parent)).toEqual(['kept'])
})

test('does not block the event loop', async () => {
  const dir = join(await scratch(), 'many')
  await mkdir(dir)
  execFileSync('bash', ['-c', 'seq 30000 | xargs touch'], { cwd: dir })
  expect(await eventLoopTurnsDuring(() => removeTree(dir))).toBeGreaterThan(1000)
})

// Root can read every directory, so mode 000 matters only for an ordinary user.
test.skipIf(process.getuid?.() !== 0)('removes directories of mode 000 as an ordinary user', async () => {
  const parent = await scratch()
  await chmod(parent, 0o755)
  const dir = join(parent, 'locked')
  for (const path of [dir, join(dir, 'a'), join(dir, 'a/b')]) {
    await mkdir(path)
    await chown(path, NOBODY, NOBODY)
  }
  await writeFile(join(dir, 'a/b/file'), 'x')
  for (const path of [join(dir, 'a/b'), join(dir, 'a')]) await chmod(path, 0)
  await chown(parent, NOBODY, NOBODY)

  process.setegid?.(NOBODY)
  process.seteuid?.(NOBODY)
  try {
    await removeTree(dir)
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
  expect(await readdir(parent)).toEqual([])
})
