/**
 * `npm start`: set-up, then the service on the two sample builds. Arguments go to `differ serve`.
 *
 * The service leads a process group of its own and gets its signals from here: on Ctrl-C the terminal signals everybody in
 * the group and npm passes the signal on once more, which the service would take for a second, impatient one.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { mainBundle, samplesDir } from './setup/project.mjs'
import { setUp } from './setup.mjs'

/** Signals of one kind closer together than this are one signal that came on two ways. */
const SAME_SIGNAL_MS = 300

const code = await setUp('start')
if (code !== 0) process.exit(code)

const args = [mainBundle, 'serve', '--samples', samplesDir, ...process.argv.slice(2)]
const service = spawn(process.execPath, args, { stdio: 'inherit', detached: true })
service.on('exit', (exitCode, signal) => process.exit(exitCode ?? 128 + constants.signals[signal]))

let last = Number.NEGATIVE_INFINITY
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    const now = performance.now()
    if (now - last > SAME_SIGNAL_MS) service.kill(signal)
    last = now
  })
}
