import { describe, expect, it } from 'vitest'
import { parseBinaryName, passedOverFiles } from '../../../src/artifacts/binary-name.ts'
import { pairName, pairPackages } from '../../../src/diff/making/package-pairs.ts'
import type { Binary } from '../../../src/model.ts'

function binaries(runId: string, names: string): Binary[] {
  return names
    .split(' ')
    .filter((filename) => filename !== '')
    .map((filename) => {
      const parsed = parseBinaryName(filename)
      if (!parsed) throw new Error(`${filename} is not the file name of a package`)
      return { runId, filename, sizeBytes: 1, ...parsed }
    })
}

interface Case {
  title: string
  old: string
  new: string
  pairs: string[]
}

describe('pairing packages', () => {
  it.each<Case>([
    {
      title: 'pairs packages of one name, whatever their versions',
      old: 'aa_1_all.deb bb_1_all.deb',
      new: 'bb_2_all.deb aa_2_all.deb',
      pairs: ['aa_1_all.deb → aa_2_all.deb', 'bb_1_all.deb → bb_2_all.deb'],
    },
    {
      title: 'leaves a package alone if the other run does not have it',
      old: 'gone_1_all.deb kept_1_all.deb',
      new: 'added_1_all.deb kept_1_all.deb',
      pairs: ['- → added_1_all.deb', 'gone_1_all.deb → -', 'kept_1_all.deb → kept_1_all.deb'],
    },
    {
      title: 'does not pair packages of different architectures',
      old: 'aa_1_amd64.deb aa_1_i386.deb',
      new: 'aa_2_i386.deb aa_2_arm64.deb',
      pairs: ['aa_1_amd64.deb → -', '- → aa_2_arm64.deb', 'aa_1_i386.deb → aa_2_i386.deb'],
    },
    {
      title: 'does not pair packages of different kinds',
      old: 'aa_1_all.deb',
      new: 'aa_1_all.udeb',
      pairs: ['aa_1_all.deb → -', '- → aa_1_all.udeb'],
    },
    {
      title: 'sorts pairs by package name, not by file name',
      old: 'lib-dev_1_all.deb lib_1_all.deb lib2_1_all.deb lib+x_1_all.deb',
      new: '',
      pairs: ['lib_1_all.deb → -', 'lib+x_1_all.deb → -', 'lib-dev_1_all.deb → -', 'lib2_1_all.deb → -'],
    },
    {
      title: 'pairs packages of one name by version, then in order, and drops none',
      old: 'aa_1_all.deb aa_2_all.deb aa_3_all.deb',
      new: 'aa_2_all.deb aa_9_all.deb',
      pairs: ['aa_2_all.deb → aa_2_all.deb', 'aa_1_all.deb → aa_9_all.deb', 'aa_3_all.deb → -'],
    },
    {
      title: 'leaves surplus packages of the new run alone',
      old: 'aa_1_all.deb',
      new: 'aa_2_all.deb aa_3_all.deb',
      pairs: ['aa_1_all.deb → aa_2_all.deb', '- → aa_3_all.deb'],
    },
    { title: 'accepts runs without packages', old: '', new: '', pairs: [] },
  ])('$title', ({ old, new: newer, pairs }) => {
    const made = pairPackages(binaries('old', old), binaries('new', newer))
    expect(made.map((pair) => `${pair.old?.filename ?? '-'} → ${pair.new?.filename ?? '-'}`)).toEqual(pairs)
  })

  it('names a pair after its package', () => {
    const names = pairPackages(binaries('old', 'aa_1_all.deb'), binaries('new', 'bb_1_all.deb')).map(pairName)
    expect(names).toEqual(['aa', 'bb'])
  })
})

describe('pairing two files that a user chose', () => {
  const pair = (old: string, newer: string) =>
    pairPackages(binaries('old', old), binaries('new', newer), true).map(
      ({ old: a, new: b }) => `${a?.filename} → ${b?.filename}`,
    )

  it.each([
    ['other names', 'libtea1_1_amd64.deb', 'libtea1t64_1_amd64.deb'],
    ['other architectures', 'tea_1_amd64.deb', 'tea_1_arm64.deb'],
    ['other kinds', 'tea_1_all.deb', 'tea-udeb_1_all.udeb'],
  ])('pairs them whatever their names: %s', (_, old, newer) => {
    expect(pair(old, newer)).toEqual([`${old} → ${newer}`])
  })

  it('does not concern several packages', () => {
    expect(pair('aa_1_all.deb bb_1_all.deb', 'cc_1_all.deb')).toHaveLength(3)
  })
})

describe('the parts of a file name', () => {
  it.each([
    ['tea_1%3a2-1_all.deb', '1:2-1'],
    ['tea_1%3A2-1_all.deb', '1:2-1'],
    ['tea_1:2-1_all.deb', '1:2-1'],
    ['tea_2-1_all.ddeb', '2-1'],
  ])('are read from %s', (filename, version) => {
    expect(parseBinaryName(filename)).toMatchObject({ package: 'tea', version, kind: 'deb' })
  })

  it.each([
    ['tea.deb', /two underscores, not 0/],
    ['tea_1_all_2.deb', /two underscores, not 3/],
    ['tea_1_all.DEB', /lower case/],
    ['tea_1:2:3_all.deb', /characters/],
    ['tea_:2_all.deb', /characters/],
    ['té_1_all.deb', /characters/],
    ['-tea_1_all.ddeb', /characters/],
    [`tea_${'1'.repeat(260)}_all.deb`, /longer than 255/],
  ])('are not read from %s, and it is said why', (filename, reason) => {
    expect(parseBinaryName(filename)).toBeNull()
    expect(passedOverFiles([filename, 'build.log', 'tea_1.dsc'])).toEqual([
      { filename, reason: expect.stringMatching(reason) },
    ])
  })
})
