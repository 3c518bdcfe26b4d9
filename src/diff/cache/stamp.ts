import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { withDirectory } from '../../with-directory.ts'
import { nullIfMissing } from './null-if-missing.ts'
import type { Origin } from './origin.ts'

/** Stored beside an entry that Differ made. */
export interface Stamp extends Origin {
  readonly sizeBytes: number
  /** The object in a bucket that is the same entry. */
  readonly shared?: {
    readonly location: string
    readonly version: string
    /** Whether the entry's file only stands for the object's. */
    readonly isStub: boolean
  }
}

/** The stamp of an entry, or null if it is missing or invalid. */
export async function readStamp(path: string): Promise<Stamp | null> {
  const text = await nullIfMissing(readFile(path, 'utf8'))
  if (!text) return null
  try {
    const stamp = JSON.parse(text) as Partial<Stamp> | null
    return typeof stamp?.sizeBytes === 'number' ? (stamp as Stamp) : null
  } catch {
    return null
  }
}

/** @returns whether it could be written; an entry without a stamp can be used, but counts as unverified */
export async function writeStamp(path: string, stamp: Stamp): Promise<boolean> {
  const draft = `${path}.new`
  try {
    await withDirectory(dirname(draft), () => writeFile(draft, JSON.stringify(stamp)))
    await rename(draft, path)
    return true
  } catch {
    // The next stamp of this entry overwrites what is left.
    await rm(draft, { force: true }).catch(() => {})
    return false
  }
}
