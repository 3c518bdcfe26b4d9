import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { GrowingFile } from '../../../src/diff/making/growing-file.ts'
import { DiffCommandError, OverloadedError } from '../../../src/errors.ts'
import type { RunPair } from '../../../src/model.ts'
import type { PackageSpec } from '../../fixtures/packages.ts'
import { required } from '../../fixtures/required.ts'
import { type Kit, MAKE_OPTIONS, makeKit, waitUntil } from '../engine-kit.ts'

const alpha = (version: string): PackageSpec => ({ name: 'alpha', version, files: { 'usr/a': version } })
const somePair = (kit: Kit, name = 'one') => kit.addPair(name, [alpha('1')], [alpha('2')])

/** A debdiff that prints a line, waits for `finishTool`, prints another line, and exits with `code`. */
const inTwoSteps = (code: number) =>
  `cd "$(dirname "$0")"; echo first; while [ ! -e finish ]; do sleep 0.02; done; echo second; exit ${code}`

/** Reads like a client; `text` is what has arrived so far. */
function startReading(kit: Kit, pair: RunPair, signal?: AbortSignal) {
  const reader = { text: '', ended: Promise.resolve() }
  reader.ended = (async () => {
    for await (const chunk of kit.engine.follow(pair, { ...MAKE_OPTIONS, ...(signal && { signal }) }))
      reader.text += Buffer.from(chunk).toString('utf8')
  })()
  // Tests that expect an error await `ended` later.
  reader.ended.catch(() => {})
  return reader
}
const finishTool = (kit: Kit) => writeFile(`${kit.root}/finish`, '')

describe('following a debdiff', () => {
  it('yields output while the tool runs, ends when the diff is cached, and then reads from the cache', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    const pair = await somePair(kit)
    const reader = startReading(kit, pair)
    await waitUntil(() => reader.text === 'first\n')
    expect(await kit.engine.lookup('debdiff', pair)).toBeNull()
    await finishTool(kit)
    await reader.ended
    expect(reader.text).toBe('first\nsecond\n')
    const stored = await kit.engine.lookup('debdiff', pair)
    expect(await readFile(required(stored).entry.path, 'utf8')).toBe(reader.text)
    const later = startReading(kit, pair)
    await later.ended
    expect([later.text, await kit.startedTools()]).toEqual([reader.text, ['debdiff alpha_2_all.deb']])
  })

  it('runs the tool once for all readers, and each gets the whole output however late it joins', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    const pair = await somePair(kit)
    const first = startReading(kit, pair)
    const readers = [first]
    await waitUntil(() => first.text === 'first\n')
    const waiting = kit.engine.make('debdiff', pair, MAKE_OPTIONS)
    for (let n = 0; n < 20; n++) readers.push(startReading(kit, pair))
    await waitUntil(() => readers.every(({ text }) => text === 'first\n'))
    await finishTool(kit)
    await Promise.all(readers.map(({ ended }) => ended))
    expect(new Set(readers.map(({ text }) => text))).toEqual(new Set(['first\nsecond\n']))
    expect((await waiting).entry.verified).toBe(true)
    expect(await kit.startedTools()).toHaveLength(1)
  })

  it('fails for all readers if the tool fails after its first bytes, and leaves no files', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(2) })
    const pair = await somePair(kit)
    const readers = [startReading(kit, pair), startReading(kit, pair)]
    await waitUntil(() => readers.every(({ text }) => text === 'first\n'))
    await finishTool(kit)
    for (const { ended } of readers) await expect(ended).rejects.toBeInstanceOf(DiffCommandError)
    expect(await kit.engine.lookup('debdiff', pair)).toBeNull()
    await waitUntil(async () => (await kit.leftovers()).files.length === 0)
  })

  it('fails before the first byte with the same errors as waiting for the diff', async () => {
    const kit = await makeKit({ maxInProgress: 1 }, { debdiff: 'echo no >&2; exit 2' })
    const pair = await somePair(kit)
    await expect(startReading(kit, pair).ended).rejects.toMatchObject({ stderr: 'no\n' })
    await kit.holdTools()
    const busy = startReading(kit, await somePair(kit, 'busy'))
    await waitUntil(() => kit.engine.inProgress === 1)
    await expect(startReading(kit, pair).ended).rejects.toBeInstanceOf(OverloadedError)
    await kit.releaseTools()
    await expect(busy.ended).rejects.toBeInstanceOf(DiffCommandError)
  })

  it('continues while one reader stays, and stops the tool when the last one leaves', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    const pair = await somePair(kit)
    const [leaver, stayer] = [new AbortController(), new AbortController()]
    const [left, stayed] = [startReading(kit, pair, leaver.signal), startReading(kit, pair, stayer.signal)]
    await waitUntil(() => left.text === 'first\n' && stayed.text === 'first\n')
    leaver.abort(new Error('left'))
    await expect(left.ended).rejects.toThrow('left')
    expect((await kit.leftovers()).processes).not.toEqual([])
    stayer.abort(new Error('left too'))
    await expect(stayed.ended).rejects.toThrow('left too')
    await waitUntil(async () => (await kit.leftovers()).processes.length === 0)
    await waitUntil(() => kit.engine.inProgress === 0)
    expect(await kit.engine.lookup('debdiff', pair)).toBeNull()
  })

  it('times out after the limit of the request, even if it joined work with a larger limit', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    const pair = await somePair(kit)
    const background = kit.engine.make('debdiff', pair, { ...MAKE_OPTIONS, urgency: 'background' })
    await waitUntil(async () => (await kit.startedTools()).length === 1)
    const request = { ...MAKE_OPTIONS, limits: { ...MAKE_OPTIONS.limits, timeoutMs: 300 } }
    const timeUp = { name: 'DiffCommandTimeoutError', limitMs: 300 }
    await expect(kit.engine.make('debdiff', pair, request)).rejects.toMatchObject(timeUp)
    const reading = kit.engine.follow(pair, request)
    expect(Buffer.from((await reading.next()).value as Uint8Array).toString()).toBe('first\n')
    await expect(reading.next()).rejects.toMatchObject(timeUp)
    await finishTool(kit)
    expect((await background).entry.sizeBytes).toBe('first\nsecond\n'.length)
  })

  it('stops the tool when its only reader stops reading', async () => {
    const kit = await makeKit({}, { debdiff: inTwoSteps(1) })
    for await (const chunk of kit.engine.follow(await somePair(kit), MAKE_OPTIONS)) {
      expect(Buffer.from(chunk).toString()).toBe('first\n')
      break
    }
    await waitUntil(async () => (await kit.leftovers()).processes.length === 0)
  })

  it('does not slow the tool down to the speed of a reader', async () => {
    const kit = await makeKit(
      {},
      { debdiff: 'for i in $(seq 200); do printf "%020000d\\n" $i; done; exit 1' },
    )
    const pair = await somePair(kit)
    const reading = kit.engine.follow(pair, MAKE_OPTIONS)
    const first = await reading.next()
    const stored = await kit.engine.make('debdiff', pair, MAKE_OPTIONS)
    let length = (first.value as Uint8Array).length
    for await (const chunk of reading) length += chunk.length
    expect(length).toBe(stored.entry.sizeBytes)
    expect(length).toBe(200 * 20_001)
  })
})

describe('a growing file', () => {
  it('yields nothing if it is removed before the first read', async () => {
    const kit = await makeKit()
    const file = new GrowingFile()
    file.grow(`${kit.root}/missing`, 5)
    file.end()
    expect(await file.read().next()).toEqual({ done: true, value: undefined })
  })

  it('can be read to its end after it is removed', async () => {
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
