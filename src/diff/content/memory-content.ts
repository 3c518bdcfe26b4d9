import type { ContentFile } from './content-file.ts'

/** A content that is in memory as a whole. @param file that it is of */
export function memoryContent(
  bytes: Buffer,
  { path, mtimeNs, mtimeMs }: Pick<ContentFile, 'path' | 'mtimeNs' | 'mtimeMs'>,
): ContentFile {
  return {
    ...{ path, mtimeNs, mtimeMs },
    compressed: null,
    sizeBytes: bytes.length,
    read: async (into, offset, length, position) => ({
      bytesRead: bytes.copy(into, offset, position, position + length),
    }),
    isUnchanged: async () => true,
    close: async () => {},
  }
}
