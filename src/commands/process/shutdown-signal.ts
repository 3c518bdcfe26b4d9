/** What a shell reports for a program that SIGINT ended: 128 + 2. */
const INTERRUPTED_STATUS = 130

/**
 * Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. Call it before starting
 * anything that needs cleaning up.
 */
export function waitForShutdownSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false
    for (const name of ['SIGINT', 'SIGTERM'] as const)
      process.on(name, () => {
        if (stopping) process.exit(INTERRUPTED_STATUS)
        stopping = true
        resolve(name)
      })
  })
}
