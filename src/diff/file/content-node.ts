/** What a report says about the content of two files: the lines that differ, or what one side has. */
import type { DocumentNode } from './document.ts'
import { binaryFacts, range } from './facts.ts'
import type { Member, MemberPair } from './find-members.ts'
import { type LineDiff, lineDiff, wholeDiff } from './line-diff.ts'
import { readContent } from './read-content.ts'
import { MAX_TEXT_BYTES, mayBeText, readText, type Text, type UnpackOptions } from './text-content.ts'

/** The contents of two members, as far as they are needed. */
export type Contents =
  /** Both are text, and differ. */
  | { readonly kind: 'text'; readonly old: Text; readonly new: Text }
  /** Both have content, which only a tool can compare. */
  | { readonly kind: 'binary' }
  /** One side has content. `text` is null if it is binary. */
  | { readonly kind: 'one side'; readonly side: 'old' | 'new'; readonly text: Text | null }
  | { readonly kind: 'same' }
  /** Neither is a file. */
  | { readonly kind: 'none' }

/** A larger binary file on one side is described by its attributes alone. */
const MAX_DESCRIBED_BYTES = 256 << 20
const NOTHING = Buffer.alloc(0)

/** @throws errors of the system; as `PackageContents.openMembers`; `options.signal.reason` */
export async function readContents(pair: MemberPair, options: UnpackOptions): Promise<Contents> {
  const [old, newer] = [pair.old?.content, pair.new?.content]
  if (old && newer) {
    if (old.sha256 === newer.sha256) return { kind: 'same' }
    const [oldText, newText] = await Promise.all([textOf(pair.old, options), textOf(pair.new, options)])
    return oldText && newText ? { kind: 'text', old: oldText, new: newText } : { kind: 'binary' }
  }
  const side = old ? 'old' : 'new'
  return old || newer ? { kind: 'one side', side, text: await textOf(pair[side], options) } : { kind: 'none' }
}

async function textOf(member: Member | null, options: UnpackOptions): Promise<Text | null> {
  const content = member?.content
  if (!content || content.sizeBytes > MAX_TEXT_BYTES || !mayBeText(content.kind ?? 'data')) return null
  return readText(await readContent(member), content.kind ?? 'data', member.name, options)
}

/** Null if neither content nor name differ. Not for contents that only a tool can compare. */
export async function contentNode(
  pair: MemberPair,
  contents: Contents,
  options: UnpackOptions,
): Promise<DocumentNode | null> {
  const names = namesOf(pair)
  const comments = pair.old === null ? [ONLY.new] : pair.new === null ? [ONLY.old] : []
  switch (contents.kind) {
    case 'same':
      return names.source1 === names.source2 ? null : { ...names, comments: ['The content is the same.'] }
    case 'text':
      return textNode(names, contents.old, contents.new, options)
    case 'one side':
      return { ...names, ...(await oneSided(pair, contents, comments)) }
    default:
      return comments.length > 0 || names.source1 !== names.source2 ? { ...names, comments } : null
  }
}

const ONLY = { old: 'Only in the old package', new: 'Only in the new package' }

interface Names {
  readonly source1: string
  readonly source2: string
}

function namesOf({ old, new: newer }: MemberPair): Names {
  return { source1: (old ?? newer)?.name ?? '', source2: (newer ?? old)?.name ?? '' }
}

async function textNode(names: Names, old: Text, newer: Text, options: UnpackOptions): Promise<DocumentNode> {
  const lines: LineDiff | null = old.bytes.equals(newer.bytes)
    ? null
    : await lineDiff(old.bytes, newer.bytes, options)
  const remarks = lines?.isCoarse ? ['The lines could not be matched in time: all of them are shown.'] : []
  const diff = lines && { diff: lines.pieces }
  const encoding = encodingNode(old, newer)
  const details = encoding ? [encoding] : []
  const isPacked = old.innerName !== null || newer.innerName !== null
  if (!lines && !encoding)
    remarks.push(isPacked ? 'Only the compression differs.' : 'Only bytes that are no text differ.')
  if (!isPacked) return { ...names, comments: remarks, ...diff, details }
  const inner = {
    source1: old.innerName ?? names.source1,
    source2: newer.innerName ?? names.source2,
    comments: lines || encoding ? remarks : [],
    ...diff,
    details,
  }
  return lines || encoding ? { ...names, details: [inner] } : { ...names, comments: remarks }
}

function encodingNode(old: Text, newer: Text): DocumentNode | null {
  if (old.encoding === newer.encoding) return null
  const diff = [`@@ -${range(1)} +${range(1)} @@\n-${old.encoding}\n+${newer.encoding}\n`]
  return { source1: 'encoding', source2: 'encoding', diff }
}

async function oneSided(
  pair: MemberPair,
  { side, text }: Extract<Contents, { kind: 'one side' }>,
  comments: readonly string[],
): Promise<Pick<DocumentNode, 'comments' | 'diff' | 'details'>> {
  const isNew = side === 'new'
  if (text) {
    const diff = isNew ? wholeDiff(NOTHING, text.bytes) : wholeDiff(text.bytes, NOTHING)
    const { innerName } = text
    return innerName === null
      ? { comments, diff }
      : { comments, details: [{ source1: innerName, source2: innerName, diff }] }
  }
  const member = isNew ? pair.new : pair.old
  if (!member?.content || member.content.sizeBytes > MAX_DESCRIBED_BYTES) return { comments }
  return { comments, diff: binaryFacts(member, await readContent(member), isNew ? '+' : '-') }
}
