/** Where things of this project lie, absolute. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const project = fileURLToPath(new URL('../..', import.meta.url))
/** What set-up and service keep; not in git. */
export const stateDir = join(project, '.differ')
export const distDir = join(project, 'dist')
export const mainBundle = join(distDir, 'main.js')
export const samplesDir = join(stateDir, 'samples')
