/** Reads the contents of members. */
import type { Member } from './find-members.ts'

/** The content of a member that has one. @throws errors of the system; as `PackageContents.openMembers` */
export async function readContent({ contents, isControl, entry, content }: Member): Promise<Buffer> {
  if (isControl || !content) return contents.controlFiles.get(entry.path)?.content ?? Buffer.alloc(0)
  const reader = await contents.openMembers()
  try {
    return await reader.read(content)
  } finally {
    await reader.close()
  }
}

/** The same in pieces; each is valid until the next is requested. */
export async function* streamContent(member: Member): AsyncGenerator<Buffer, void, void> {
  if (member.isControl || !member.content) return yield await readContent(member)
  const reader = await member.contents.openMembers()
  try {
    yield* reader.stream(member.content)
  } finally {
    await reader.close()
  }
}
