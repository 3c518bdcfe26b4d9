/**
 * Makes the report of one pair of files, as far as no tool is needed: opens their packages, takes the two members
 * out of them, and compares text. Runs in a job process.
 */
import { randomUUID } from 'node:crypto'
import { access, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PicturePair } from '../../model.ts'
import { placesOfPair } from '../cache/layout.ts'
import type { KnownPackages } from '../package/known-packages.ts'
import { contentNode, readContents } from './content-node.ts'
import { type DocumentNode, writeDocument } from './document.ts'
import { attributesNode } from './facts.ts'
import { keyOfMember, type Member, type MemberPair } from './find-members.ts'
import { picturesOf } from './picture-job.ts'
import { streamContent } from './read-content.ts'
import { type MembersJob, withMembers } from './with-members.ts'

/** Plain data, so that it can be sent to a thread. */
export interface FileJob extends MembersJob {
  /** Where the report goes. */
  readonly outputPath: string
  /** Whether two files that only a tool can compare are taken out of their packages. */
  readonly extracts: boolean
  /** Whether a report that the cache has is not made again. */
  readonly checksCache: boolean
}

/** What the report depends on, apart from a tool: one text for each side. */
export interface FileKey {
  readonly old: string
  readonly new: string
}

/**
 * - `kept`: the cache has the report already
 * - `written`: the report is at `outputPath`
 * - `needs tool`: only a tool can compare the files
 * - `extracted`: the same, and they are at the two paths, for the tool
 */
export type FileOutcome = {
  readonly key: FileKey
  /** What was added to the cache besides the report. */
  readonly writtenBytes: number
} & Compared

type Compared =
  | { readonly status: 'kept' | 'needs tool' }
  | { readonly status: 'written'; readonly pictures: PicturePair | null }
  | ({ readonly status: 'extracted' } & ExtractedFiles)

export interface ExtractedFiles {
  readonly oldPath: string
  readonly newPath: string
  /** The files' names for people. */
  readonly oldName: string
  readonly newName: string
  /** A report of the attributes that differ; null if none do. */
  readonly attributesPath: string | null
  /** Null if neither side is a picture. */
  readonly pictures: PicturePair | null
}

/** Names of the root's sides; renderings show the runs instead. */
const ROOT = { source1: 'old version', source2: 'new version' }
/** What a tool may take a file's format from. */
const MAX_NAME_LENGTH = 100

/** @param known what this process remembers @throws as `withMembers` */
export function runFileJob(job: FileJob, signal: AbortSignal, known?: KnownPackages): Promise<FileOutcome> {
  return withMembers(job, signal, known, async (pair) => {
    const key = { old: keyOfMember(pair.old), new: keyOfMember(pair.new) }
    return { key, ...(await compare(job, pair, key, signal)) }
  })
}

async function compare(job: FileJob, pair: MemberPair, key: FileKey, signal: AbortSignal): Promise<Compared> {
  if (await isKept(job, key)) return { status: 'kept' }
  const options = { ...job, signal }
  const contents = await readContents(pair, options)
  const attributes = attributesNode(pair)
  if (contents.kind === 'binary')
    return job.extracts
      ? { status: 'extracted', ...(await extract(job, pair, attributes)) }
      : { status: 'needs tool' }
  const content = await contentNode(pair, contents, options)
  signal.throwIfAborted()
  const details = [content, attributes].filter((node) => node !== null)
  await writeDocument(job.outputPath, { ...ROOT, details })
  return { status: 'written', pictures: await picturesOf(pair) }
}

async function isKept({ cacheRoot, checksCache }: FileJob, key: FileKey): Promise<boolean> {
  if (!checksCache) return false
  const { own } = placesOfPair(cacheRoot, 'file', key.old, key.new)
  return access(own.path).then(
    () => true,
    () => false,
  )
}

async function extract(
  { workDir }: FileJob,
  pair: MemberPair,
  attributes: DocumentNode | null,
): Promise<ExtractedFiles> {
  await mkdir(workDir, { recursive: true, mode: 0o700 })
  const attributesPath = attributes && join(workDir, randomUUID())
  if (attributesPath) await writeDocument(attributesPath, attributes)
  return {
    oldPath: await extractTo(await mkdtemp(join(workDir, 'old-')), pair.old),
    newPath: await extractTo(await mkdtemp(join(workDir, 'new-')), pair.new),
    oldName: pair.old?.name ?? '',
    newName: pair.new?.name ?? '',
    attributesPath,
    pictures: await picturesOf(pair),
  }
}

/** Under a harmless name with the same ending, from which diffoscope may take the format. */
async function extractTo(dir: string, member: Member | null): Promise<string> {
  const [base = ''] = (member?.name ?? '').split('/').slice(-1)
  const name = base.replace(/[^A-Za-z0-9._+-]/g, '_').slice(-MAX_NAME_LENGTH)
  const path = join(dir, name === '' || name === '.' || name === '..' ? 'file' : name)
  if (member) await writeFile(path, streamContent(member), { flag: 'wx', mode: 0o600 })
  return path
}
