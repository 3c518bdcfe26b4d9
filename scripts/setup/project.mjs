/** Absolute paths of this project. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const project = fileURLToPath(new URL('../..', import.meta.url))
/** Files of the set-up and of the service, not in git. */
export const stateDir = join(project, '.differ')
export const distDir = join(project, 'dist')
export const mainBundle = join(distDir, 'main.js')
export const samplesDir = join(stateDir, 'samples')
