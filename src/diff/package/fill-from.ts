import { readSync } from 'node:fs'

/** Fills `bytes` from a file. @throws errors of the system; Error where the file ends before */
export function fillFrom(descriptor: number, bytes: Buffer, position: number): Buffer {
  for (let at = 0; at < bytes.length; ) {
    const bytesRead = readSync(descriptor, bytes, at, bytes.length - at, position + at)
    if (bytesRead === 0) throw new Error('the file has become shorter while it was read')
    at += bytesRead
  }
  return bytes
}
