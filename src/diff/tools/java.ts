/**
 * Starts Java within the limits of a tool. By default its virtual machine reserves more address space than a
 * tool may have, and does not start. The options cannot be passed in the environment, because the machine
 * then says so on standard error, which diffoscope takes for a sign of a failure.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from '../../model.ts'
import { TOOL_PATH } from './environment.ts'

const MEGABYTE = 1 << 20
/** Each megabyte of heap needs some more outside it. */
const HEAP_SHARE = 0.25

/** Programs by name, and the prefix with which each takes an option of the virtual machine. */
const PROGRAMS: Readonly<Record<string, string>> = { java: '', javap: '-J' }

/** Shell scripts by name, to be found instead of the installed programs; none for a program that is missing. */
export function javaWrappers({ memoryBytes }: Limits): Map<string, string> {
  const options = [
    `-Xmx${Math.max(64, Math.floor((memoryBytes * HEAP_SHARE) / MEGABYTE))}m`,
    '-XX:CompressedClassSpaceSize=64m',
    '-XX:ReservedCodeCacheSize=64m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
  ]
  const wrappers = new Map<string, string>()
  for (const [name, prefix] of Object.entries(PROGRAMS)) {
    const program = TOOL_PATH.split(':')
      .map((dir) => join(dir, name))
      .find((path) => existsSync(path))
    const flags = options.map((option) => prefix + option).join(' ')
    if (program) wrappers.set(name, `#!/bin/sh\nexec ${program} ${flags} "$@"\n`)
  }
  return wrappers
}
