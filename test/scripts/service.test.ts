import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'

const SERVICE = `
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => console.log('got ' + signal))
  process.on('SIGTERM', () => setTimeout(() => process.exit(7), 100))
  console.log('ready')
  setTimeout(() => process.exit(9), 30_000)
`
const module = new URL('../../scripts/setup/service.mjs', import.meta.url).href

let starter: ChildProcess | undefined
afterEach(() => void starter?.kill('SIGTERM'))

/** Starts a service with `becomeService`; `output()` returns what both have printed. */
async function start(service: string) {
  const code =
    'const { becomeService } = await import(process.argv[1]); becomeService(["-e", process.argv[2]])'
  const args = ['--input-type=module', '-e', code, module, service]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  starter = child
  const ended = once(child, 'exit')
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  const until = async (text: string) => {
    while (!output.includes(text)) await once(child.stdout, 'data')
  }
  return { child, ended, until, output: () => output }
}

describe('a service started by npm', () => {
  it('gets one signal for one Ctrl-C, which arrives from the terminal and from npm', async () => {
    const { child, ended, until, output } = await start(SERVICE)
    await until('ready')
    child.kill('SIGINT')
    await until('got SIGINT')
    child.kill('SIGINT')
    // Long enough for a wrongly forwarded signal to arrive before the next one.
    await sleep(200)
    child.kill('SIGTERM')
    await ended
    expect(output()).toBe('ready\ngot SIGINT\ngot SIGTERM\n')
  })

  it('gets a second signal that arrives later', async () => {
    const { child, ended, until, output } = await start(SERVICE)
    await until('ready')
    child.kill('SIGINT')
    await until('got SIGINT')
    // Longer than the time in which two signals count as one.
    await sleep(700)
    child.kill('SIGINT')
    await until('got SIGINT\ngot SIGINT')
    child.kill('SIGTERM')
    await ended
    expect(output()).toBe('ready\ngot SIGINT\ngot SIGINT\ngot SIGTERM\n')
  })

  it('determines the exit code', async () => {
    const { child, ended, until } = await start(SERVICE)
    await until('ready')
    child.kill('SIGTERM')
    expect(await ended).toEqual([7, null])
  })

  it('that a signal kills makes the exit code 128 and its number', async () => {
    const { ended } = await start('process.kill(process.pid, "SIGKILL")')
    expect(await ended).toEqual([137, null])
  })
})
