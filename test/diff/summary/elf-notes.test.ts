/** Which notes of an ELF file name its package, and hold nothing else. */
import { expect, it } from 'vitest'
import type { ElfFile } from '../../../src/diff/package/elf.ts'
import { packageNoteText } from '../../../src/diff/summary/content/elf-notes.ts'

const LITTLE = { isLittle: true } as ElfFile

/** @param sizeBytes of the content, as the head states it */
function noteOf(content: string, sizeBytes = content.length): Buffer {
  const head = Buffer.alloc(16)
  for (const [index, value] of [4, sizeBytes, 0xcafe1a7e].entries()) head.writeUInt32LE(value, 4 * index)
  head.write('FDO\0', 12, 'latin1')
  return Buffer.concat([head, Buffer.from(content, 'latin1')])
}

it('has the text of a note, whose end is filled up with zeros', () => {
  expect(packageNoteText(LITTLE, noteOf('{"a":1}\0'))).toBe('{"a":1}')
  expect(packageNoteText(LITTLE, noteOf('{"a":12}\0\0\0\0', 9))).toBe('{"a":12}')
})

it.each([
  ['is shorter than its head', noteOf('').subarray(0, 15)],
  ['has more than it states', noteOf('{"a":1}\0hide', 8)],
  ['has something else than zeros at its end', noteOf('{"a":12}\0hid', 9)],
  ['states more than it has', noteOf('{"a":1}\0', 12)],
  ['states more than a file can have', noteOf('', 0xffff_ffff)],
  ['states almost as much, with the same remainder', noteOf('', 0xffff_fffd)],
  ['does not end at a multiple of four', noteOf('{"a":12}\0', 9)],
])('has no text of a note that %s', (_what, note) => {
  expect(packageNoteText(LITTLE, note)).toBeNull()
})
