import { closeSync, openSync } from 'node:fs'

/** What a start holds at one moment: two for each of four pipes, two of its own, and a few that other threads may take meanwhile. */
const DESCRIPTORS = 16

/**
 * Asks ahead of a program's start whether there are descriptors enough for it: one that runs out of them halfway leaves its pipes open for good (Node.js 20 does not
 * close them), so that what was a moment's want becomes a lasting one.
 * @throws Error of the system (EMFILE, ENFILE) where there are not
 */
export function checkRoomToStart(): void {
  const held: number[] = []
  try {
    while (held.length < DESCRIPTORS) held.push(openSync('/dev/null', 'r'))
  } catch (error) {
    throw Object.assign(error as Error, { syscall: 'spawn' })
  } finally {
    for (const descriptor of held) closeSync(descriptor)
  }
}
