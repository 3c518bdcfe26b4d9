/** Bytes at any position, as `FileHandle.read` reads them. */
export interface ByteReader {
  /** Fewer bytes than `length` only at the end of the content. */
  read(into: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
}
