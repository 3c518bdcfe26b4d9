import { openContent } from '../../../src/diff/content/content-file.ts'

/** The whole content of a stored file, compressed or not. */
export async function readContent(path: string): Promise<Buffer> {
  const file = await openContent(path)
  try {
    const content = Buffer.alloc(file.sizeBytes)
    const { bytesRead } = await file.read(content, 0, content.length, 0)
    return content.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
