import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const MODULE = join(import.meta.dirname, '../src/lower-priority.ts')
/** Root without the privilege that spares it Linux's limit of changes. Other users do not have it anyway. */
const UNPRIVILEGED = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-sys_admin', '--'] : []

/** Starts four sessions at once, and prints their priorities when all are lowered, or after 20 seconds. */
const PROGRAM = `
  import { spawn } from 'node:child_process'
  import { readFileSync } from 'node:fs'
  import { setTimeout as sleep } from 'node:timers/promises'
  import { lowerSessionPriority } from ${JSON.stringify(MODULE)}

  const leaders = Array.from({ length: 4 }, () => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }))
  for (const leader of leaders) lowerSessionPriority(leader)
  const priorities = () =>
    leaders.map(({ pid }) => readFileSync('/proc/' + pid + '/autogroup', 'utf8').trim().split(' ').at(-1))
  const end = performance.now() + 20_000
  while (priorities().some((priority) => priority === '0') && performance.now() < end) await sleep(20)
  console.log(priorities().join(' '))
  for (const { pid } of leaders) process.kill(pid, 'SIGKILL')
`

describe.runIf(existsSync('/proc/self/autogroup'))('the priority of sessions', () => {
  it('is lowered for each of several that start at once, although Linux allows few such changes', async () => {
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', PROGRAM]
    const [command = '', ...args] = [...UNPRIVILEGED, ...node]
    const { stdout } = await promisify(execFile)(command, args, { cwd: import.meta.dirname })
    expect(stdout.trim()).toBe('15 15 15 15')
  })
})
