/** Reads a picture out of a package, to be shown by a browser. Runs in a job process. */
import type { PictureFacts, PicturePair } from '../../model.ts'
import type { KnownPackages } from '../package/known-packages.ts'
import type { Member, MemberPair } from './find-members.ts'
import { MAX_PICTURE_BYTES, pictureFacts } from './picture.ts'
import { readContent } from './read-content.ts'
import { type MembersJob, withMembers } from './with-members.ts'

/** Plain data, so that it can be sent to a thread. */
export interface PictureJob extends MembersJob {
  readonly side: 'old' | 'new'
}

export interface Picture extends PictureFacts {
  readonly content: Uint8Array
}

export interface PictureOutcome {
  /** Null if the side is not a picture that may be shown. */
  readonly picture: Picture | null
  readonly writtenBytes: number
}

/** @throws as `withMembers` */
export function runPictureJob(
  job: PictureJob,
  signal: AbortSignal,
  known?: KnownPackages,
): Promise<PictureOutcome> {
  return withMembers(job, signal, known, async (pair) => ({ picture: await pictureOf(pair[job.side]) }))
}

/** What is known of the pictures; null if neither side is one. @throws as `readContent` */
export async function picturesOf(pair: MemberPair): Promise<PicturePair | null> {
  const [old, newer] = [await factsOf(pair.old), await factsOf(pair.new)]
  return old || newer ? { old, new: newer } : null
}

async function factsOf(member: Member | null): Promise<PictureFacts | null> {
  const picture = await pictureOf(member)
  if (!picture) return null
  const { content: _, ...facts } = picture
  return facts
}

async function pictureOf(member: Member | null): Promise<Picture | null> {
  const { kind, sizeBytes = 0, sha256 } = member?.content ?? {}
  // A WebP picture has no kind of its own. Its name saves reading all other data.
  const mayBeWebp = kind === 'data' && /\.webp$/i.test(member?.name ?? '')
  const mayBePicture = kind === 'png' || kind === 'jpeg' || kind === 'gif' || mayBeWebp
  if (!member || !sha256 || !mayBePicture || sizeBytes > MAX_PICTURE_BYTES) return null
  const content = await readContent(member)
  const facts = pictureFacts(content)
  return facts && { ...facts, content, sha256 }
}
