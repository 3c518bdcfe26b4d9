import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const MODULE = join(import.meta.dirname, '../src/lower-priority.ts')
/** Root without the privilege that spares it Linux's limit of changes. Other users do not have it anyway. */
const UNPRIVILEGED = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-sys_admin', '--'] : []

/** Runs a program that may import the module as `priority`. @returns what it printed */
async function printedBy(program: string, command: readonly string[] = []): Promise<string> {
  const code = `import * as priority from ${JSON.stringify(MODULE)}\n${program}`
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', code]
  const [first = '', ...args] = [...command, ...node]
  const { stdout } = await promisify(execFile)(first, args, { cwd: import.meta.dirname })
  return stdout.trim()
}

/** Prints the priorities of the process's threads before and after, and that of what it starts, niced and not. */
const LOWERS_ITSELF = `
  import { execFileSync } from 'node:child_process'
  import { readdirSync } from 'node:fs'
  import { getPriority } from 'node:os'

  const own = getPriority(process.pid)
  const priorities = () =>
    new Set(readdirSync('/proc/self/task').map((thread) => getPriority(Number(thread)) - own))
  const before = [...priorities()]
  priority.lowerOwnPriority()
  const [program, ...args] = priority.niced(['nice'])
  console.log(before, [...priorities()], Number(execFileSync('nice')) - own, Number(execFileSync(program, args)) - own)
`

/** Starts four sessions at once, and prints their priorities when all are lowered, or after 20 seconds. */
const LOWERS_SESSIONS = `
  import { spawn } from 'node:child_process'
  import { readFileSync } from 'node:fs'
  import { setTimeout as sleep } from 'node:timers/promises'

  const leaders = Array.from({ length: 4 }, () => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }))
  for (const leader of leaders) priority.lowerSessionPriority(leader)
  const priorities = () =>
    leaders.map(({ pid }) => readFileSync('/proc/' + pid + '/autogroup', 'utf8').trim().split(' ').at(-1))
  const end = performance.now() + 20_000
  while (priorities().some((priority) => priority === '0') && performance.now() < end) await sleep(20)
  console.log(priorities().join(' '))
  for (const { pid } of leaders) process.kill(pid, 'SIGKILL')
`

it('a process lowers the priority of all its threads, and what it starts inherits that once', async () => {
  expect(await printedBy(LOWERS_ITSELF)).toBe('[ 0 ] [ 10 ] 10 10')
})

describe.runIf(existsSync('/proc/self/autogroup'))('the priority of sessions', () => {
  it('is lowered for each of several that start at once, although Linux allows few such changes', async () => {
    expect(await printedBy(LOWERS_SESSIONS, UNPRIVILEGED)).toBe('10 10 10 10')
  })
})
