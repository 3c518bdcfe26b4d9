import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { GrowingFile } from '../../../src/diff/making/growing-file.ts'
import { DiffCommandError, OverloadedError } from '../../../src/errors.ts'
import type { RunPair } from '../../../src/model.ts'
import type { PackageSpec } from '../../fixtures/packages.ts'
import { ASKED, eventually, type Kit, makeKit } from '../engine-kit.ts'

const alpha = (version: string): PackageSpec => ({ name: 'alpha', version, files: { 'usr/a': version } })
const somePair = (kit: Kit, name = 'one') => kit.addPair(name, [alpha('1')], [alpha('2')])

/** A debdiff that prints a line, waits until the kit's `half` is there, prints another and ends with `code`. */
const inTwoSteps = (code: number) =>
  `cd "$(dirname "$0")"; echo first; while [ ! -e half ]; do sleep 0.02; done; echo second; exit ${code}`

/** Reads like a client: what came so far, and how it ended. */
function readBy(kit: Kit, pair: RunPair, signal?: AbortSignal) {
  const reader = { text: '', ended: Promise.resolve() }
  reader.ended = (async () => {
    for await (const chunk of kit.engine.follow(pair, { ...ASKED, ...(signal && { signal }) }))
      reader.text += Buffer.from(chunk).toString('utf8')
  })()
  reader.ended.catch(() => {})
  return reader
}
const finishTool = (kit: Kit) => writeFile(`${kit.root}/half`, '')

describe('a debdiff that is followed', () => {
  it('comes while the tool runs, ends when it is cached, and comes from the cache afterwards', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    const pair = await somePair(kit)
    const reader = readBy(kit, pair)
    await eventually(() => reader.text === 'first\n')
    expect(await kit.engine.lookup('debdiff', pair)).toBeNull()
    await finishTool(kit)
    await reader.ended
    expect(reader.text).toBe('first\nsecond\n')
    const stored = await kit.engine.lookup('debdiff', pair)
    expect(await readFile(stored!.entry.path, 'utf8')).toBe(reader.text)
    const later = readBy(kit, pair)
    await later.ended
    expect([later.text, await kit.started()]).toEqual([reader.text, ['debdiff alpha_2_all.deb']])
  })

  it('is one run for all, of which each sees everything, however late it joined', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    const pair = await somePair(kit)
    const readers = [readBy(kit, pair)]
    await eventually(() => readers[0]!.text === 'first\n')
    const waiting = kit.engine.make('debdiff', pair, ASKED)
    for (let n = 0; n < 20; n++) readers.push(readBy(kit, pair))
    await eventually(() => readers.every(({ text }) => text === 'first\n'))
    await finishTool(kit)
    await Promise.all(readers.map(({ ended }) => ended))
    expect(new Set(readers.map(({ text }) => text))).toEqual(new Set(['first\nsecond\n']))
    expect((await waiting).entry.verified).toBe(true)
    expect(await kit.started()).toHaveLength(1)
  })

  it('fails for everyone who reads when the tool fails after its first bytes, and leaves nothing', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(2) })
    const pair = await somePair(kit)
    const readers = [readBy(kit, pair), readBy(kit, pair)]
    await eventually(() => readers.every(({ text }) => text === 'first\n'))
    await finishTool(kit)
    for (const { ended } of readers) await expect(ended).rejects.toBeInstanceOf(DiffCommandError)
    expect(await kit.engine.lookup('debdiff', pair)).toBeNull()
    await eventually(async () => (await kit.leftovers()).files.length === 0)
  })

  it('fails before its first byte as a diff that is waited for does', async () => {
    const kit = await makeKit({ maxInProgress: 1 }, { debdiff: 'echo no >&2; exit 2' })
    const pair = await somePair(kit)
    await expect(readBy(kit, pair).ended).rejects.toMatchObject({ stderr: 'no\n' })
    await kit.shut()
    const busy = readBy(kit, await somePair(kit, 'busy'))
    await eventually(() => kit.engine.inProgress === 1)
    await expect(readBy(kit, pair).ended).rejects.toBeInstanceOf(OverloadedError)
    await kit.open()
    await expect(busy.ended).rejects.toBeInstanceOf(DiffCommandError)
  })

  it('goes on while one of its readers stays, and is stopped when the last one has left', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    const pair = await somePair(kit)
    const [leaves, stays] = [new AbortController(), new AbortController()]
    const [gone, there] = [readBy(kit, pair, leaves.signal), readBy(kit, pair, stays.signal)]
    await eventually(() => gone.text === 'first\n' && there.text === 'first\n')
    leaves.abort(new Error('left'))
    await expect(gone.ended).rejects.toThrow('left')
    expect((await kit.leftovers()).processes).not.toEqual([])
    stays.abort(new Error('left too'))
    await expect(there.ended).rejects.toThrow('left too')
    await eventually(async () => (await kit.leftovers()).processes.length === 0)
    await eventually(() => kit.engine.inProgress === 0)
    expect(await kit.engine.lookup('debdiff', pair)).toBeNull()
  })

  it('lets a request wait no longer than its own limits, whatever the limits of the work that it joined', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    const pair = await somePair(kit)
    const background = kit.engine.make('debdiff', pair, { ...ASKED, urgency: 'background' })
    await eventually(async () => (await kit.started()).length === 1)
    const request = { ...ASKED, limits: { ...ASKED.limits, timeoutMs: 300 } }
    const timeUp = { name: 'DiffCommandTimeoutError', limitMs: 300 }
    await expect(kit.engine.make('debdiff', pair, request)).rejects.toMatchObject(timeUp)
    const reading = kit.engine.follow(pair, request)
    expect(Buffer.from((await reading.next()).value as Uint8Array).toString()).toBe('first\n')
    await expect(reading.next()).rejects.toMatchObject(timeUp)
    await finishTool(kit)
    expect((await background).entry.sizeBytes).toBe('first\nsecond\n'.length)
  })

  it('is stopped when its only reader reads no further', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    for await (const chunk of kit.engine.follow(await somePair(kit), ASKED)) {
      expect(Buffer.from(chunk).toString()).toBe('first\n')
      break
    }
    await eventually(async () => (await kit.leftovers()).processes.length === 0)
  })

  it('does not wait for a reader that is slower than the tool', async () => {
    const kit = await makeKit(
      {},
      { debdiff: 'for i in $(seq 200); do printf "%020000d\\n" $i; done; exit 1' },
    )
    const pair = await somePair(kit)
    const reading = kit.engine.follow(pair, ASKED)
    const first = await reading.next()
    const stored = await kit.engine.make('debdiff', pair, ASKED)
    let length = (first.value as Uint8Array).length
    for await (const chunk of reading) length += chunk.length
    expect(length).toBe(stored.entry.sizeBytes)
    expect(length).toBe(200 * 20_001)
  })
})

describe('a growing file', () => {
  it('gives nothing where it went away before it was opened', async () => {
    const kit = await makeKit()
    const file = new GrowingFile()
    file.grow(`${kit.root}/never-there`, 5)
    file.end()
    expect(await file.read().next()).toEqual({ done: true, value: undefined })
  })

  it('is read to its end although it is removed meanwhile', async () => {
    const kit = await makeKit()
    const path = `${kit.root}/file`
    await writeFile(path, 'one ')
    const file = new GrowingFile()
    file.grow(path, 4)
    const reading = file.read()
    expect(Buffer.from((await reading.next()).value as Uint8Array).toString()).toBe('one ')
    await appendFile(path, 'two')
    await rm(path)
    file.grow(path, 3)
    file.end()
    expect(Buffer.from((await reading.next()).value as Uint8Array).toString()).toBe('two')
    expect((await reading.next()).done).toBe(true)
  })
})
