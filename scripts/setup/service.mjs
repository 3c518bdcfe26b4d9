/**
 * Runs the service and forwards signals to it.
 *
 * On Ctrl-C, the terminal signals every process of the group, and npm forwards the signal again. The service
 * would take that for the second signal, which stops it at once. So it runs in a separate process group, and
 * gets each signal once.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Equal signals within this time are one signal that arrived twice. */
const SAME_SIGNAL_MS = 500

/**
 * Runs Node.js with these arguments, and exits when it exits, with the same code.
 * @param {readonly string[]} args
 */
export function becomeService(args) {
  const service = spawn(process.execPath, args, { stdio: 'inherit', detached: true })
  service.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
  const last = {}
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const now = performance.now()
      if (!(now - last[signal] < SAME_SIGNAL_MS)) service.kill(signal)
      last[signal] = now
    })
  }
}
