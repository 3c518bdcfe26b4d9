import {
  appendFile,
  copyFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReport, readSmallReport } from '../../../src/diff/report/open-report.ts'
import { inspectReport } from '../../../src/diff/report/scan/inspect.ts'
import type { Report } from '../../../src/diff/report/types.ts'
import { DamagedReportError } from '../../../src/errors.ts'
import { countOf } from '../../fixtures/seeds.ts'
import { readContent } from '../content/read-content.ts'
import { anyReport } from './any-tree.ts'
import { DAMAGED, nested } from './damaged-reports.ts'
import { chance, collect, modelNodes, node, randomTree, type Tree, toReport, withReport } from './model.ts'

const RUNS = countOf(80, 500)

let dir: string
let path: string
let index: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-damage-'))
  path = join(dir, 'report.json')
  index = join(dir, 'index/report.index')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

type Harm = (bytes: Uint8Array) => Buffer

const piece = fc.oneof(
  fc.stringMatching(/^[ a-z]{1,3}$/).map((text) => Buffer.from(text)),
  fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      '"',
      '\\',
      '\\u',
      '\\ud800',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\0',
      '\n',
      '1e999',
      'null',
      '"source1":1,',
    )
    .map((text) => Buffer.from(text)),
)
/** In thousandths of the length. */
const position = fc.nat({ max: 1000 })
/** Replaces a few bytes, after which few reports can still be read. */
const replacedBytes: fc.Arbitrary<Harm> = fc
  .tuple(position, fc.nat({ max: 8 }), fc.option(piece, { nil: Buffer.alloc(0) }))
  .map(([thousandths, length, replacement]) => (bytes) => {
    const at = Math.floor((bytes.length * thousandths) / 1000)
    return Buffer.concat([bytes.subarray(0, at), replacement, bytes.subarray(at + length)])
  })
/** Replaces the next digit, which is often part of a text: then the report can still be read. */
const replacedDigit: fc.Arbitrary<Harm> = fc
  .tuple(position, fc.nat({ max: 9 }))
  .map(([thousandths, digit]) => (bytes) => {
    const from = Math.floor((bytes.length * thousandths) / 1000)
    const at = bytes.findIndex((byte, index) => index >= from && byte >= 0x30 && byte <= 0x39)
    return Buffer.from(at < 0 ? bytes : bytes.with(at, 0x30 + digit))
  })
const harms = fc.oneof(
  { weight: 3, arbitrary: fc.array(replacedBytes, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.tuple(replacedDigit) },
)

interface NodeContent {
  readonly names: readonly string[]
  readonly comments: readonly string[]
  readonly diff: string
}

/** The content of all nodes. Also reads every line of every hunk. */
async function contentOf(report: Report): Promise<NodeContent[]> {
  const contents: NodeContent[] = []
  for (const { ordinal, source1, source2, comments } of await report.nodes(0, 1000)) {
    for (const hunk of await report.hunks(ordinal, 0, 1000)) {
      let lines = 0
      for await (const batch of report.lines(hunk)) lines += batch.length
      expect(lines).toBe(hunk.lines)
    }
    const diff = (await collect(report.diff(ordinal))).toString()
    contents.push({ names: [source1, source2], comments, diff })
  }
  return contents
}

/** The same from a parser that accepts only valid JSON in valid UTF-8. */
function parsed(bytes: Uint8Array): NodeContent[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  return modelNodes(JSON.parse(text) as Tree).map(({ tree }) => ({
    names: [tree.source1, tree.source2],
    comments: tree.comments ?? [],
    diff: Buffer.from(tree.unified_diff ?? '').toString(),
  }))
}

const openSmall = async (path: string) => (await readSmallReport(path))?.open() ?? null

describe('a damaged or hostile report', () => {
  it.each(DAMAGED)('is refused with the defect and its offset: %s', async (_, content, reason) => {
    await writeFile(path, content)
    const inMemory = async () => (await openSmall(path)) ?? openReport(path, index)
    for (const read of [() => inspectReport(path), () => openReport(path, index), inMemory]) {
      const error = await read().then(
        () => null,
        (caught: unknown) => caught,
      )
      expect(error).toBeInstanceOf(DamagedReportError)
      expect((error as DamagedReportError).path).toBe(path)
      expect((error as DamagedReportError).reason).toMatch(reason)
    }
    expect(await readdir(join(dir, 'index'))).toEqual([])
  })

  it('is opened in memory only if it is small, and then has no index beside it', async () => {
    const report = (size: number) => toReport(node('root', { comments: ['x'.repeat(size)] }))
    await writeFile(path, report(1000))
    expect(await openSmall(path)).toMatchObject({
      counts: { nodes: 1 },
      digest: (await inspectReport(path)).digest,
    })
    await writeFile(path, report(256 << 10))
    expect(await openSmall(path)).toBeNull()
    expect(await readdir(dir)).toEqual(['report.json'])
  })

  it('is refused if it is cut anywhere', async () => {
    const whole = Buffer.from(toReport(randomTree(chance(7))))
    const step = Math.max(1, Math.floor(whole.length / 150))
    for (let length = 1; length < whole.length; length += step) {
      await writeFile(path, whole.subarray(0, length))
      await expect(inspectReport(path)).rejects.toThrow(DamagedReportError)
    }
    await writeFile(path, whole)
    await inspectReport(path)
  })

  it('is refused if bytes were changed anywhere, or else read as a strict parser reads it', async () => {
    const counts = { refused: 0, read: 0 }
    await fc.assert(
      fc.asyncProperty(anyReport, harms, async ({ json }, changes) => {
        const bytes = changes.reduce<Uint8Array>((left, change) => change(left), Buffer.from(json))
        const reading = withReport(bytes, async (report) => {
          expect(await contentOf(report)).toEqual(parsed(bytes))
          const inMemory = await openSmall(report.path)
          if (inMemory) expect(await contentOf(inMemory)).toEqual(parsed(bytes))
        })
        const error = await reading.then(
          () => null,
          (caught: unknown) => caught,
        )
        if (error === null) counts.read++
        else if (error instanceof DamagedReportError) counts.refused++
        else throw error
      }),
      { numRuns: RUNS },
    )
    expect(counts.refused).toBeGreaterThan(RUNS / 10)
    expect(counts.read).toBeGreaterThan(RUNS / 25)
  })

  it('is read down to the greatest allowed depth', async () => {
    await writeFile(path, nested(501))
    const report = await openReport(path, index)
    expect(report.counts.nodes).toBe(501)
    expect((await report.ancestry(500)).length).toBe(501)
    await report.close()
  })

  it('fails with ENOENT if it does not exist', async () => {
    await expect(openReport(path, index)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is no longer read once the signal aborts', async () => {
    await writeFile(path, toReport(node('x', { unified_diff: '+y\n'.repeat(1_000_000) })))
    const reason = new Error('enough')
    const stop = new AbortController()
    const reading = inspectReport(path, stop.signal)
    setImmediate(() => stop.abort(reason))
    await expect(reading).rejects.toBe(reason)
    await expect(openReport(path, index, AbortSignal.abort())).rejects.toThrow(/aborted/)
  })
})

describe('an index', () => {
  const tree = randomTree(chance(11))
  const names = async () => {
    const report = await openReport(path, index)
    try {
      return (await report.nodes(0, 1000)).map(({ source1 }) => source1)
    } finally {
      await report.close()
    }
  }
  const root = [tree.source1]
  beforeEach(() => writeFile(path, toReport(tree)))

  it('is built once for concurrent callers, without leaving temporary files', async () => {
    const reports = await Promise.all(Array.from({ length: 20 }, () => openReport(path, index)))
    await Promise.all(reports.map((report) => report.close()))
    expect(await readdir(join(dir, 'index'))).toEqual(['report.index'])
    const { ino } = await stat(index)
    await names()
    expect((await stat(index)).ino).toBe(ino)
  })

  it('is rebuilt for another report', async () => {
    await names()
    await writeFile(path, toReport(node('another')))
    expect(await names()).toEqual(['another'])
  })

  it('is rebuilt for another report of the same size', async () => {
    await writeFile(path, toReport(node('one')))
    await names()
    await writeFile(path, toReport(node('two')))
    await utimes(path, 1, 2)
    expect(await names()).toEqual(['two'])
  })

  it.each<[string, (size: number) => Promise<void>]>([
    ['empty', () => truncate(index, 0)],
    ['cut', (size) => truncate(index, size - 1)],
    ['cut within a block', () => truncate(index, 5000)],
    ['longer', () => appendFile(index, 'x')],
    ['a copy of another file', () => copyFile(path, index)],
    ['changed in its footer', (size) => flip(index, size - 200)],
    ['changed in its trailer', (size) => flip(index, size - 20)],
  ])('is rebuilt if it is %s', async (_, harm) => {
    const before = await names()
    await harm((await stat(index)).size)
    expect(await names()).toEqual(before)
    expect(before.slice(0, 1)).toEqual(root)
  })

  it('is rebuilt if it was changed anywhere, if it is small and therefore compressed', async () => {
    const before = await names()
    const whole = await readFile(index)
    expect(whole.length).toBeLessThan((await readContent(index)).length / 3)
    for (let at = 0; at < whole.length; at += 97) {
      await writeFile(index, whole)
      await flip(index, at)
      expect(await names()).toEqual(before)
    }
  })

  it('gives the right answer or a typed error if it was changed anywhere, and is then rebuilt', async () => {
    const before = await names()
    const whole = await readContent(index)
    let detected = 0
    for (let at = 0; at < whole.length; at += 997) {
      await writeFile(index, whole)
      await flip(index, at)
      const found = await names().catch((error: unknown) => error)
      if (found instanceof DamagedReportError) {
        detected++
        expect(found.path).toBe(index)
      } else expect(found).toEqual(before)
      expect(await names()).toEqual(before)
    }
    expect(detected).toBeGreaterThan(10)
  })

  it('has equal digests for equal reports', async () => {
    const digest = async () => {
      const report = await openReport(path, index)
      await report.close()
      return report.digest
    }
    const first = await digest()
    await utimes(path, 1, 2)
    expect(await digest()).toBe(first)
    await writeFile(path, toReport(node('another')))
    expect(await digest()).not.toBe(first)
  })
})

describe('an open report', () => {
  it('keeps reading the opened file after it was replaced', async () => {
    await writeFile(path, toReport(node('old', { unified_diff: '+old\n' })))
    const report = await openReport(path, index)
    await rm(path)
    await writeFile(path, toReport(node('new', { unified_diff: '+newer\n' })))
    expect(String(await collect(report.diff(0)))).toBe('+old\n')
    await report.close()
  })

  it('fails instead of hanging when it is closed during a read', async () => {
    await writeFile(path, toReport(node('x', { unified_diff: '+y\n'.repeat(1_000_000) })))
    const report = await openReport(path, index)
    const reading = report.diff(0)
    await reading.next()
    await Promise.all([report.close(), report.close()])
    await expect(collect(reading)).rejects.toThrow()
  })

  it('reports damage if the file is truncated after opening', async () => {
    await writeFile(path, toReport(node('x', { unified_diff: '+y\n'.repeat(1_000_000) })))
    const report = await openReport(path, index)
    await truncate(path, 1_000_000)
    await expect(collect(report.diff(0))).rejects.toThrow(DamagedReportError)
    await report.close()
  })
})

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    const byte = Buffer.alloc(1)
    await handle.read(byte, 0, 1, at)
    byte[0] = (byte[0] as number) ^ 0x5a
    await handle.write(byte, 0, 1, at)
  } finally {
    await handle.close()
  }
}
