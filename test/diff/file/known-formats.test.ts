/** Files of formats that diffoscope knows, and what a report says if the program for a format is missing. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { pdfWithText } from '../../fixtures/pdf.ts'
import { MAKE_OPTIONS, makeKit } from '../engine-kit.ts'
import { png } from './pictures.ts'
import { shownNodes } from './read-report.ts'

const has = (program: string) => pathOf(program) !== ''
const pathOf = (program: string) =>
  execFileSync('sh', ['-c', 'command -v "$1" || true', 'sh', program]).toString().trim()

const PDF = { path: 'usr/share/doc/tea/tea.pdf', old: pdfWithText('oolong'), new: pdfWithText('sencha') }
const PNG = { path: 'usr/share/pixmaps/tea.png', old: png(3, 2), new: png(3, 4) }

/** @param instead shell lines that replace diffoscope */
async function reportOf(file: { path: string; old: Buffer; new: Buffer }, instead?: string) {
  const kit = await makeKit({}, instead === undefined ? {} : { diffoscope: instead })
  const spec = (content: Buffer) => [{ name: 'tea', version: '1', files: { [file.path]: content } }]
  const pair = await kit.addPair('tea', spec(file.old), spec(file.new))
  const address = { package: 'tea', path: file.path, oldPath: null, oldPackage: null }
  expect(await kit.engine.files.get(pair, address, false, MAKE_OPTIONS)).toBeNull()
  const stored = await kit.engine.files.get(pair, address, true, MAKE_OPTIONS)
  if (!stored) throw new Error('there is no report')
  return {
    nodes: await shownNodes(stored),
    missing: stored.incomplete.filter(({ kind }) => kind === 'TOOL_MISSING').map(({ tool }) => tool),
    pictures: stored.entry.origin.pictures,
  }
}

describe('a file of a known format', () => {
  it.skipIf(!has('pdftotext'))(
    'is compared by the text of its pages: PDF (skipped without pdftotext)',
    async () => {
      const { nodes, missing } = await reportOf(PDF)
      expect(nodes[0]?.names).toBe(PDF.path)
      const text = nodes.find(({ names }) => names.startsWith('pdftotext'))
      expect(text?.diff).toContain('-oolong\n+sencha\n')
      expect(missing).not.toContain('pdftotext')
    },
  )

  it('is compared by diffoscope, and can be shown: PNG', async () => {
    const { nodes, pictures } = await reportOf(PNG)
    expect(nodes[0]?.names).toBe(PNG.path)
    expect(nodes.some(({ diff }) => diff?.includes('\n+'))).toBe(true)
    expect(pictures).toMatchObject({
      old: { type: 'image/png', width: 3, height: 2 },
      new: { type: 'image/png', width: 3, height: 4 },
    })
  })
})

describe('a report made without the program for a format', () => {
  let programs: string
  beforeAll(async () => {
    programs = join(await mkdtemp(join(tmpdir(), 'differ-programs-')), 'bin')
    await mkdir(programs)
    for (const name of ['diff', 'xxd']) await symlink(pathOf(name), join(programs, name))
  })
  afterAll(() => removeTree(join(programs, '..')))

  it.each([
    ['PDF', PDF, 'pdftotext'],
    ['PNG', PNG, 'sng'],
  ])('compares the bytes, and says which program is missing: %s', async (_format, file, program) => {
    const { nodes, missing } = await reportOf(
      file,
      `tool=$(command -v diffoscope); PATH=${programs} exec "$tool" "$@"`,
    )
    expect(missing).toContain(program)
    expect(nodes[0]?.comments?.join()).toContain(`'${program}' not available in path`)
    expect(nodes[0]?.diff).toMatch(/^\+0000/m)
  })
})
