/** In which packages a file is looked up, and which of them are fetched for it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDirectoryStore } from '../../../src/artifacts/directory.ts'
import { FileNotFoundError, PackageNotFoundError } from '../../../src/errors.ts'
import type { DiffProgress, FileAddress, RunPair } from '../../../src/model.ts'
import { type Kit, MAKE_OPTIONS, makeKit } from '../engine-kit.ts'
import { shownNodes } from './read-report.ts'

const LEAVES = 'usr/share/tea/leaves'
const packageOf = (name: string, files: Record<string, string | Buffer>) => ({ name, version: '1', files })
const address = (file: Partial<FileAddress>): FileAddress => ({
  package: 'tea',
  path: LEAVES,
  oldPath: null,
  oldPackage: null,
  ...file,
})

async function nodesOf(kit: Kit, pair: RunPair, file: Partial<FileAddress>) {
  const stored = await kit.engine.files.get(pair, address(file), false, MAKE_OPTIONS)
  return stored && shownNodes(stored)
}

describe('two files of different packages', () => {
  const makePair = async () => {
    const kit = await makeKit()
    const common = packageOf('tea-common', { 'usr/share/tea/pots': 'one\n' })
    const pair = await kit.addPair(
      'tea',
      [packageOf('tea', { [LEAVES]: 'black\n' }), common],
      [packageOf('tea', {}), { ...common, files: { [LEAVES]: 'white\n' } }],
    )
    return { kit, pair }
  }

  it('are compared if the address names both packages', async () => {
    const { kit, pair } = await makePair()
    expect(await nodesOf(kit, pair, { package: 'tea-common', oldPackage: 'tea' })).toEqual([
      { names: LEAVES, diff: '@@ -1 +1 @@\n-black\n+white\n' },
    ])
    const file = { package: 'tea-common', oldPackage: 'tea-common', oldPath: 'usr/share/tea/pots' }
    expect(await nodesOf(kit, pair, file)).toEqual([
      { names: `usr/share/tea/pots → ${LEAVES}`, diff: '@@ -1 +1 @@\n-one\n+white\n' },
    ])
  })

  it.each([
    ['the old package is unknown', { package: 'tea-common', oldPackage: 'coffee' }, PackageNotFoundError],
    ['the new package is unknown', { package: 'coffee', oldPackage: 'tea' }, PackageNotFoundError],
    ['the old package lacks the file', { package: 'tea', oldPackage: 'tea-common' }, FileNotFoundError],
    ['the new package lacks the file', { package: 'tea', oldPackage: 'tea' }, FileNotFoundError],
  ])('cannot be compared if %s', async (_what, file, error) => {
    const { kit, pair } = await makePair()
    await expect(nodesOf(kit, pair, file)).rejects.toThrow(error)
  })
})

describe('the packages that are fetched', () => {
  /** Which files of each run were fetched, in one text for each fetch. */
  const makeCounting = async () => {
    const fetched: string[] = []
    let root = ''
    const store = () => openDirectoryStore(join(root, 'artifacts'))
    const kit = await makeKit({
      artifacts: {
        location: 'test',
        list: (...request) => store().list(...request),
        passedOver: (...request) => store().passedOver(...request),
        sha256: (...request) => store().sha256(...request),
        async fetch(...request) {
          const packages = await store().fetch(...request)
          fetched.push(packages.map(({ filename }) => filename).join())
          return packages
        },
        close: async () => {},
      },
    })
    root = kit.root
    return { kit, fetched }
  }

  it('are the two that have the file', async () => {
    const { kit, fetched } = await makeCounting()
    const others = ['tea-common', 'tea-doc'].map((name) => packageOf(name, {}))
    const pair = await kit.addPair(
      'tea',
      [packageOf('tea', { [LEAVES]: 'black\n' }), ...others],
      [packageOf('tea', { [LEAVES]: 'white\n' }), ...others],
    )
    await nodesOf(kit, pair, {})
    expect(fetched).toEqual(['tea_1_all.deb', 'tea_1_all.deb'])
  })

  it('are those without a namesake if only one side has the package', async () => {
    const { kit, fetched } = await makeCounting()
    const pair = await kit.addPair(
      'tea',
      [packageOf('tea', {}), packageOf('libtea1', { [LEAVES]: 'black\n' })],
      [packageOf('tea', {}), packageOf('libtea2', { [LEAVES]: 'white\n' })],
    )
    expect(await nodesOf(kit, pair, { package: 'libtea2' })).toMatchObject([{ names: LEAVES }])
    expect(fetched.sort()).toEqual(['libtea1_1_all.deb', 'libtea2_1_all.deb'])
  })

  it('are not the broken one beside them', async () => {
    const kit = await makeKit()
    const pair = await kit.addPair(
      'tea',
      [packageOf('tea', { [LEAVES]: 'black\n' })],
      [packageOf('tea', { [LEAVES]: 'white\n' })],
    )
    await writeFile(join(kit.root, 'artifacts', pair.new.id, 'tea-doc_1_all.deb'), 'not a package')
    expect(await nodesOf(kit, pair, {})).toHaveLength(1)
  })
})

describe('a report that diffoscope makes', () => {
  const makePair = async () => {
    const kit = await makeKit()
    const pair = await kit.addPair(
      'tea',
      [packageOf('tea', { [LEAVES]: Buffer.from([0, 1]) })],
      [packageOf('tea', { [LEAVES]: Buffer.from([0, 2]) })],
    )
    return { kit, pair }
  }

  it('reports its progress to every caller, also to one that joins', async () => {
    const { kit, pair } = await makePair()
    await kit.holdTools()
    const get = () => {
      const steps: DiffProgress[] = []
      const options = {
        ...MAKE_OPTIONS,
        urgency: 'background' as const,
        onProgress: (one: DiffProgress) => void steps.push(one),
      }
      return { steps, report: kit.engine.files.get(pair, address({}), true, options) }
    }
    const first = get()
    await expect.poll(() => kit.startedTools()).toHaveLength(1)
    const second = get()
    await expect.poll(() => kit.engine.files.withTool).toBe(1)
    await kit.releaseTools()
    await Promise.all([first.report, second.report])
    expect(first.steps.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(['retrieving', 'diffoscope']),
    )
    expect(first.steps.at(-1)).toEqual({ stage: 'diffoscope', step: `diffoscope ${LEAVES}`, fraction: 1 })
    expect(second.steps.at(-1)).toEqual(first.steps.at(-1))
    expect(await kit.startedTools()).toHaveLength(1)
  })
})
