/** What several benchmarks do: run a program, take the time, ask the service, and empty its cache. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchService } from './service.ts'

/** Runs a program until it exits, whatever its exit code, without its output. */
export async function exited(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore' })
  await once(child, 'exit')
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** Fetches a body as text. @throws Error for another status than 200 */
export async function get(url: string): Promise<string> {
  const response = await fetch(url, { headers: { accept: 'text/plain' } })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${text.slice(0, 200)}`)
  return text
}

/** Removes what the service keeps below `differ/` in its cache. @param parts like `entries/file` */
export async function forget({ cachePath }: BenchService, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    const path = join(cachePath, 'differ', part)
    await mkdir(path, { recursive: true })
    for (const file of await readdir(path)) await rm(join(path, file), { recursive: true })
  }
}

/** A value of the service's metrics. @param name with its labels, as `/metrics` prints it */
export async function metric({ url }: BenchService, name: string): Promise<number> {
  const line = (await get(`${url}/metrics`)).split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

/** The longest block of the service's event loop since it was last asked, in milliseconds. */
export async function longestBlockMs(service: BenchService): Promise<number> {
  return (await metric(service, 'nodejs_eventloop_lag_max_seconds')) * 1000
}
