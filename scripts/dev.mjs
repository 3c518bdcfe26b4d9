/**
 * `npm run dev`: runs the service and the web page from their sources, and reloads each when its files
 * change. Vite serves the page and forwards its requests to the service. Arguments go to `differ serve`.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { project, samplesDir } from './setup/project.mjs'
import { setUp } from './setup.mjs'

const code = await setUp('start')
if (code !== 0) process.exit(code)
const bin = (name) => join(project, 'node_modules/.bin', name)
const args = process.argv.slice(2)
const port = args.includes('--port') ? args[args.indexOf('--port') + 1] : (process.env.DIFFER_PORT ?? '9920')
const children = [
  spawn(
    bin('tsx'),
    [
      'watch',
      '--clear-screen=false',
      join(project, 'src/main.ts'),
      'serve',
      '--samples',
      samplesDir,
      ...args,
    ],
    { stdio: 'inherit' },
  ),
  spawn(bin('vite'), ['--config', join(project, 'web/vite.config.ts')], {
    stdio: 'inherit',
    env: { ...process.env, DIFFER_DEV_SERVICE: `http://localhost:${port}` },
  }),
]
const stop = () => {
  for (const child of children) child.kill('SIGTERM')
}
// Neither is of use without the other.
for (const child of children) child.on('exit', stop)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
console.log('The page is at http://localhost:5173/; Ctrl-C stops both.')
