/** Members whose headers lie about their sizes: they are refused, or read only as far as the archive has them. */
import { readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { InvalidPackageError } from '../../../src/errors.ts'
import type { PackageSpec } from '../../fixtures/packages.ts'
import { MAKE_OPTIONS, makeKit } from '../engine-kit.ts'
import { editMember, patched, paxHeader, type TarPart } from '../summary/archives.ts'
import { shownNodes } from './read-report.ts'

const LEAF = 'usr/share/tea/leaf'
const spec = (text: string): PackageSpec => ({
  name: 'tea',
  version: '1',
  files: { [LEAF]: text },
  compression: 'none',
})

async function reportWith(edit: (part: TarPart) => TarPart[]) {
  const kit = await makeKit()
  const pair = await kit.addPair('tea', [spec('green\n')], [spec('black\n')])
  const deb = join(kit.root, 'artifacts', pair.new.id, 'tea_1_all.deb')
  const edited = editMember(`./${LEAF}`, edit)(await readFile(deb))
  // The original may be a link to a file that other tests use.
  await unlink(deb)
  await writeFile(deb, edited)
  const address = { package: 'tea', path: LEAF, oldPath: null, oldPackage: null }
  const stored = await kit.engine.files.get(pair, address, true, MAKE_OPTIONS)
  return stored && shownNodes(stored)
}

it.each<[what: string, edit: (part: TarPart) => TarPart[]]>([
  ['of gigabytes, in octal', (part) => [{ ...part, header: patched(part.header, 124, '77777777777') }]],
  ['of exabytes, in base 256', (part) => [{ ...part, header: patched(part.header, 124, '\x80\0\0\0\x7f') }]],
  ['below zero', (part) => [{ ...part, header: patched(part.header, 124, '\xff'.repeat(12)) }]],
  ['of terabytes, in a pax header', (part) => [paxHeader(part.header, { size: '999999999999' }), part]],
])('a member with a size %s is refused', async (_what, edit) => {
  await expect(reportWith(edit)).rejects.toThrow(InvalidPackageError)
})

it('a sparse file of pax is read as it is stored, not expanded', async () => {
  const records = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '99999999999' }
  const nodes = await reportWith((part) => [paxHeader(part.header, records), part])
  expect(nodes?.[0]).toEqual({ names: LEAF, diff: '@@ -1 +1 @@\n-green\n+black\n' })
})
