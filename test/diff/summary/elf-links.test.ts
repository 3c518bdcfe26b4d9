/** Files in which only the links to their debug symbols differ are compared without their sections: with the same result, and no others are. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ElfFile } from '../../../src/diff/package/elf.ts'
import { ElfError } from '../../../src/diff/package/elf-types.ts'
import type { ContentDifference, FileContext } from '../../../src/diff/summary/content/content.ts'
import { compareElf, compareElfFiles } from '../../../src/diff/summary/content/elf.ts'
import { compareLinks } from '../../../src/diff/summary/content/elf-links.ts'

const SIDE = { package: 'tea', source: 'tea', version: '1', sourceVersion: '1', architecture: 'amd64' }
const FILE: FileContext = { path: 'usr/bin/tea', kind: 'elf', old: SIDE, new: SIDE, depth: 0 }
const PROGRAM = readFileSync('/usr/bin/true')
const placeOf = (name: string) => {
  const section = new ElfFile(PROGRAM).section(name)
  if (!section) throw new Error(`/usr/bin/true has no ${name}`)
  return section
}
const BUILD_ID = placeOf('.note.gnu.build-id')
const LINK = placeOf('.gnu_debuglink')
/** In a note, after its head; in a link, the first character of the name. */
const ID_AT = BUILD_ID.offset + 16

function changed(bytes: Buffer, ...places: readonly number[]): Buffer {
  const copy = Buffer.from(bytes)
  for (const at of places) copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** What comparing by sections finds; null for a file that is damaged. */
function bySections(old: Buffer, newer: Buffer): ContentDifference | null {
  try {
    return compareElfFiles(new ElfFile(old), new ElfFile(newer), FILE)
  } catch (error) {
    if (error instanceof ElfError) return null
    throw error
  }
}

function byLinks(old: Buffer, newer: Buffer): ContentDifference | null {
  try {
    return compareLinks(old, newer, new ElfFile(old))
  } catch (error) {
    if (error instanceof ElfError) return null
    throw error
  }
}

describe('two programs', () => {
  it.each([
    ['the build id', ['BUILD_ID'], [ID_AT, ID_AT + 19]],
    ['the link', ['DEBUGLINK_CRC'], [LINK.offset, LINK.offset + LINK.sizeBytes - 1]],
    ['both', ['BUILD_ID', 'DEBUGLINK_CRC'], [ID_AT, LINK.offset]],
  ])('that differ in %s are compared without their sections', (_what, noise, places) => {
    const found = byLinks(PROGRAM, changed(PROGRAM, ...places))
    expect(found).toEqual({ noise: new Set(noise), changes: [] })
    expect(bySections(PROGRAM, changed(PROGRAM, ...places))).toEqual(found)
  })

  it.each([
    ['in the head of the note', changed(PROGRAM, BUILD_ID.offset)],
    ['in an unlawful name', changed(PROGRAM, LINK.offset + LINK.sizeBytes - 6)],
    ['in one byte more', changed(PROGRAM, ID_AT, placeOf('.text').offset)],
    ['in their size', Buffer.concat([changed(PROGRAM, ID_AT), Buffer.from('x')])],
  ])('that differ %s are compared by their sections', (_what, newer) => {
    expect(byLinks(PROGRAM, newer)).toBeNull()
    expect(compareElf(PROGRAM, newer, FILE)).toEqual(bySections(PROGRAM, newer))
  })
})

describe('a place that something else reads', () => {
  const program = new ElfFile(PROGRAM)
  const [, , sectionsAt = [0, 0]] = program.headerRanges
  const headerOf = (name: string) =>
    sectionsAt[0] + 64 * program.sections.findIndex((one) => one.name === name)

  it.each([
    ['another section', headerOf('.rodata') + 24],
    ['the interpreter', 64 + 56 * program.segments.findIndex(({ type }) => type === 3) + 8],
  ])('is no link: %s', (_what, offsetAt) => {
    const old = Buffer.from(PROGRAM)
    old.writeBigUInt64LE(BigInt(ID_AT), offsetAt)
    expect(byLinks(old, changed(old, ID_AT))).toBeNull()
    expect(bySections(old, changed(old, ID_AT))?.changes).not.toEqual([])
  })
})

it('is not misled by the name of a section', () => {
  const names = placeOf('.shstrtab')
  const old = Buffer.from(PROGRAM)
  old.write('constructor\0', PROGRAM.indexOf('.eh_frame_hdr\0', names.offset), 'latin1')
  const newer = changed(old, placeOf('.eh_frame_hdr').offset)
  expect(byLinks(old, newer)).toBeNull()
  expect(bySections(old, newer)?.changes).toMatchObject([{ fact: 'constructor' }])
})

it('finds the same as by sections in damaged programs', () => {
  let state = 1
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
  const program = new ElfFile(PROGRAM)
  let found = 0
  for (let round = 0; round < 2_000; round += 1) {
    // Half of the damage is in headers, where it changes what is read.
    const [from, to] = program.headerRanges[random(program.headerRanges.length)] ?? [0, 64]
    const at = round % 2 === 0 ? random(PROGRAM.length) : from + random(to - from)
    const old = Buffer.from(PROGRAM)
    old[at] = random(256)
    const newer = changed(old, ID_AT, ...(random(4) === 0 ? [random(PROGRAM.length)] : []))
    const difference = byLinks(old, newer)
    if (difference === null) continue
    found += 1
    // Null where it gives up, because something that it reads is damaged in both.
    expect(bySections(old, newer) ?? difference).toEqual(difference)
  }
  expect(found).toBeGreaterThan(500)
})
