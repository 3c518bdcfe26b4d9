import { describe, expect, it } from 'vitest'
import { parseBinaryName } from '../../../src/artifacts/binary-name.ts'
import { pairName, pairPackages } from '../../../src/diff/making/package-pairs.ts'
import type { Binary } from '../../../src/model.ts'

function binaries(runId: string, names: string): Binary[] {
  return names
    .split(' ')
    .filter((filename) => filename !== '')
    .map((filename) => {
      const parsed = parseBinaryName(filename)
      if (!parsed) throw new Error(`${filename} is no package's name`)
      return { runId, filename, sizeBytes: 1, ...parsed }
    })
}

interface Case {
  what: string
  old: string
  new: string
  pairs: string[]
}

describe('packages of two runs', () => {
  it.each<Case>([
    {
      what: 'are paired by name whatever the version',
      old: 'aa_1_all.deb bb_1_all.deb',
      new: 'bb_2_all.deb aa_2_all.deb',
      pairs: ['aa_1_all.deb → aa_2_all.deb', 'bb_1_all.deb → bb_2_all.deb'],
    },
    {
      what: 'stand alone where the other run has none',
      old: 'gone_1_all.deb kept_1_all.deb',
      new: 'added_1_all.deb kept_1_all.deb',
      pairs: ['- → added_1_all.deb', 'gone_1_all.deb → -', 'kept_1_all.deb → kept_1_all.deb'],
    },
    {
      what: 'are not paired across architectures',
      old: 'aa_1_amd64.deb aa_1_i386.deb',
      new: 'aa_2_i386.deb aa_2_arm64.deb',
      pairs: ['aa_1_amd64.deb → -', '- → aa_2_arm64.deb', 'aa_1_i386.deb → aa_2_i386.deb'],
    },
    {
      what: 'are not paired across kinds',
      old: 'aa_1_all.deb',
      new: 'aa_1_all.udeb',
      pairs: ['aa_1_all.deb → -', '- → aa_1_all.udeb'],
    },
    {
      what: 'come in the order of the names, not of the files',
      old: 'lib-dev_1_all.deb lib_1_all.deb lib2_1_all.deb lib+x_1_all.deb',
      new: '',
      pairs: ['lib_1_all.deb → -', 'lib+x_1_all.deb → -', 'lib-dev_1_all.deb → -', 'lib2_1_all.deb → -'],
    },
    {
      what: 'of one name are paired by version first, then in order, and none is dropped',
      old: 'aa_1_all.deb aa_2_all.deb aa_3_all.deb',
      new: 'aa_2_all.deb aa_9_all.deb',
      pairs: ['aa_2_all.deb → aa_2_all.deb', 'aa_1_all.deb → aa_9_all.deb', 'aa_3_all.deb → -'],
    },
    {
      what: 'left over on the new side stand alone',
      old: 'aa_1_all.deb',
      new: 'aa_2_all.deb aa_3_all.deb',
      pairs: ['aa_1_all.deb → aa_2_all.deb', '- → aa_3_all.deb'],
    },
    { what: 'may be none', old: '', new: '', pairs: [] },
  ])('$what', ({ old, new: fresh, pairs }) => {
    const made = pairPackages(binaries('old', old), binaries('new', fresh))
    expect(made.map((pair) => `${pair.old?.filename ?? '-'} → ${pair.new?.filename ?? '-'}`)).toEqual(pairs)
  })

  it('are known by the name of the package', () => {
    const names = pairPackages(binaries('old', 'aa_1_all.deb'), binaries('new', 'bb_1_all.deb')).map(pairName)
    expect(names).toEqual(['aa', 'bb'])
  })
})
