import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createInstanceDir, sweepDeadInstances } from '../../../src/diff/tools/instance-dir.ts'
import { processesWith, scratch } from './helpers.ts'

/** The directory name of an instance on this host and in this pid namespace, but of another process. */
async function nameOf(parent: string, pid: number, start: number): Promise<string> {
  const own = await createInstanceDir(parent)
  await own.remove()
  return basename(own.path).replace(/-\d+-\d+-[^-]+$/, `-${pid}-${start}-abcdef`)
}

test('creates private directories, and a separate one for each job', async () => {
  const parent = await scratch()
  const instance = await createInstanceDir(parent)
  const jobs = [await instance.jobDir(), await instance.jobDir()]
  for (const dir of [instance.path, ...jobs]) expect((await stat(dir)).mode & 0o777).toBe(0o700)
  expect(new Set(jobs).size).toBe(2)
  await instance.remove()
  expect(await readdir(parent)).toEqual([])
})

test('a sweep removes the directories of dead instances, kills their tools, and touches nothing else', async () => {
  const parent = await scratch()
  const live = await createInstanceDir(parent)
  const ended = spawn('true')
  await once(ended, 'exit')
  const dead = join(parent, await nameOf(parent, ended.pid ?? 0, 1))
  // Our process id, but another start time.
  const reused = join(parent, await nameOf(parent, process.pid, 1))
  const elsewhere = join(parent, basename(dead).replace(/-\d+(-\d+-\d+-abcdef)$/, '-1$1'))
  const otherHost = join(parent, basename(dead).replace('differ-', 'differ-not-'))
  const stranger = join(parent, 'differ-cache')
  for (const dir of [dead, reused, elsewhere, otherHost, stranger])
    await mkdir(join(dir, 'job-1/tmp'), { recursive: true })
  await writeFile(join(dead, 'job-1/tmp/file'), 'x')

  const orphan = spawn('sleep', ['1000'], { env: { PATH: '/usr/bin:/bin', TMPDIR: join(dead, 'job-1/tmp') } })
  const bystander = spawn('sleep', ['1000'], {
    env: { PATH: '/usr/bin:/bin', TMPDIR: join(elsewhere, 'job-1/tmp') },
  })
  onTestFinished(() => {
    for (const child of [orphan, bystander]) child.kill('SIGKILL')
  })
  await Promise.all([once(orphan, 'spawn'), once(bystander, 'spawn')])

  expect((await sweepDeadInstances(parent)).sort()).toEqual([dead, reused].sort())
  expect((await readdir(parent)).sort()).toEqual(
    [live.path, elsewhere, otherHost, stranger].map((dir) => basename(dir)).sort(),
  )
  expect(processesWith(dead)).toEqual([])
  expect(processesWith(elsewhere)).toEqual([bystander.pid])
  expect(await sweepDeadInstances(parent)).toEqual([])
})
