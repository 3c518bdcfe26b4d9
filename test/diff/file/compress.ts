/** Compresses text with the system's programs. */
import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'

export const gzip = (text: string, level = 9) => gzipSync(text, { level })
export const xz = (text: string) => execFileSync('xz', ['-c'], { input: text })
export const zstd = (text: string) => execFileSync('zstd', ['-qc'], { input: text })
export const bzip2 = (text: string) => execFileSync('bzip2', ['-c'], { input: text })
