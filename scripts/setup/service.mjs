/**
 * Runs the service and passes signals on to it.
 *
 * It leads a process group of its own and gets its signals from here: on Ctrl-C the terminal signals everybody in the
 * group and npm passes the signal on once more, which the service would take for a second, impatient one.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Signals of one kind closer together than this are one signal that came on two ways. */
const SAME_SIGNAL_MS = 500

/**
 * Runs Node.js with these arguments and ends this process as that one ends.
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
