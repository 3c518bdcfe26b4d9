/** The outer archive of a package: what ar(1) lists, and what lies around it. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readOuterArchive } from '../../../src/diff/package/outer-archive.ts'
import { AR_MAGIC, arHeader } from '../../fixtures/ar.ts'
import { buildRun } from '../../fixtures/packages.ts'

let dir: string
let deb: Buffer
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-outer-'))
  await buildRun(dir, [{ name: 'tea', version: '1.0-1', files: { 'usr/share/tea': 'x\n' } }])
  deb = await readFile(join(dir, 'tea_1.0-1_all.deb'))
})
afterAll(() => rm(dir, { recursive: true }))

async function outerOf(bytes: Buffer) {
  const path = join(dir, 'changed.deb')
  await writeFile(path, bytes)
  return readOuterArchive(path)
}

const member = (name: string, content: string, size = String(content.length)) =>
  `${arHeader(name, size)}${content}${content.length % 2 ? '\n' : ''}`

describe('the outer archive', () => {
  it('has the members that ar lists', async () => {
    const { stdout } = await promisify(execFile)('ar', ['tvO', join(dir, 'tea_1.0-1_all.deb')])
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => {
        const fields = line.trim().split(/\s+/)
        return [fields[7], Number(fields[2]), Number.parseInt((fields.at(-1) ?? '').replace('0x', ''), 16)]
      })
    const { members, trailingBytes, sizeBytes } = await outerOf(deb)
    expect(members.map(({ name, sizeBytes: size, offset }) => [name, size, offset])).toEqual(listed)
    expect([trailingBytes, sizeBytes]).toEqual([0, deb.length])
  })

  it('has checksums of members that are not unpacked', async () => {
    const { members } = await outerOf(deb)
    expect(members.map(({ name, sha256 }) => [name.replace(/\.(gz|xz|zst)$/, ''), sha256])).toEqual([
      ['debian-binary', createHash('sha256').update('2.0\n').digest('hex')],
      ['control.tar', ''],
      ['data.tar', ''],
    ])
  })

  it('is read without a warning, of however many members', async () => {
    const warnings: string[] = []
    const collect = (warning: Error) => warnings.push(warning.message)
    process.on('warning', collect)
    onTestFinished(() => {
      process.off('warning', collect)
    })
    const content = gzipSync('x').toString('latin1')
    const many = ['data.tar.gz', 'note'].map((name) => member(name, content).repeat(12))
    for (const members of many) await outerOf(Buffer.from(`${AR_MAGIC}${members}`, 'latin1'))
    // Warnings are emitted later.
    await setImmediate()
    expect(warnings).toEqual([])
  })

  it('counts and sums up what follows the last member', async () => {
    const { members, trailingBytes, trailingSha256 } = await outerOf(
      Buffer.concat([deb, Buffer.from('hidden')]),
    )
    expect([members.length, trailingBytes]).toEqual([3, 6])
    expect(trailingSha256).toBe(createHash('sha256').update('hidden').digest('hex'))
  })

  it.each([
    ['a member more', member('_gpgorigin', 'signature'), 1, 0],
    ['a name with a slash', member('_x/', 'y'), 1, 0],
    ['a member that is longer than the file', member('_x', 'y', '999'), 0, 62],
    ['a member of a negative size', member('_x', 'y', '-1'), 0, 62],
    ['a member whose size is no number', member('_x', 'y', '0x10'), 0, 62],
    ['half a header', member('_x', 'y').slice(0, 30), 0, 30],
  ])('is read with %s after the others', async (_what, more, members, trailing) => {
    const outer = await outerOf(Buffer.concat([deb, Buffer.from(more, 'latin1')]))
    expect([outer.members.length - 3, outer.trailingBytes]).toEqual([members, trailing])
  })

  it('is read up to 16 members', async () => {
    const more = member('_x', 'yy').repeat(30)
    const { members, trailingBytes } = await outerOf(Buffer.concat([deb, Buffer.from(more, 'latin1')]))
    expect([members.length, trailingBytes]).toEqual([16, 62 * 17])
  })

  it('may be empty', async () => {
    expect(await outerOf(Buffer.alloc(0))).toMatchObject({ sizeBytes: 0, members: [], trailingBytes: 0 })
    expect(await outerOf(Buffer.from(AR_MAGIC))).toMatchObject({ members: [], trailingBytes: 0 })
  })
})
