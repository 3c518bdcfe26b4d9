/** Resolves when the process is told to stop by SIGINT or SIGTERM; a second signal ends it at once. Call it before anything that is to be cleaned up begins. */
export function untilToldToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false
    for (const name of ['SIGINT', 'SIGTERM'] as const)
      process.on(name, () => {
        // 128 + 2: what a shell reports for a program that SIGINT ended.
        if (stopping) process.exit(130)
        stopping = true
        resolve(name)
      })
  })
}
