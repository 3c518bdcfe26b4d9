import { readdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { ArtifactsMissingError } from '../errors.ts'
import { openLocalStore } from './local.ts'
import type { ArtifactStore } from './store.ts'

/** Artifacts in a directory: `{root}/{run id}/{file}`. */
export function openDirectoryStore(root: string): ArtifactStore {
  return openLocalStore(root, async (runId) => {
    if (!isPlainName(runId)) throw new ArtifactsMissingError(runId)
    const [base, dir] = await Promise.all([realpath(root), realpath(join(root, runId))])
    if (!dir.startsWith(base + sep)) throw new ArtifactsMissingError(runId)
    return (await readdir(dir)).map((name) => join(dir, name))
  })
}

/** Whether `name` is a single path component, so that it stays inside a directory that it is joined to. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name) && Buffer.byteLength(name) <= 255
}
