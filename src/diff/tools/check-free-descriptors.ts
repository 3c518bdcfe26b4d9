import { closeSync, openSync } from 'node:fs'

/**
 * What one start needs at once: two for each of five pipes, two that `spawn` opens itself, and a few that
 * other threads may open in the meantime.
 */
const DESCRIPTORS = 18

/**
 * Checks that enough file descriptors are free to start a program. Node.js 20 leaks the pipes of a start that
 * runs out of descriptors halfway, so a short shortage would become a permanent one.
 * @throws the system's error (EMFILE, ENFILE) if too few are free
 */
export function assertFreeDescriptors(): void {
  const held: number[] = []
  try {
    while (held.length < DESCRIPTORS) held.push(openSync('/dev/null', 'r'))
  } catch (error) {
    throw Object.assign(error as Error, { syscall: 'spawn' })
  } finally {
    for (const descriptor of held) closeSync(descriptor)
  }
}
