/** `npm start`: sets up, then runs the service with two sample builds. Arguments go to `differ serve`. */
import { mainBundle, samplesDir } from './setup/project.mjs'
import { becomeService } from './setup/service.mjs'
import { setUp } from './setup.mjs'

const code = await setUp('start')
if (code !== 0) process.exit(code)
becomeService([mainBundle, 'serve', '--samples', samplesDir, ...process.argv.slice(2)])
