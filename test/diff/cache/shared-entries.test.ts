/** Machines that share their entries by a bucket. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { convertCache } from '../../../src/diff/cache/convert-cache.ts'
import type { CacheFormat } from '../../../src/diff/cache/entry-store.ts'
import { openReport } from '../../../src/diff/report/open-report.ts'
import type { EntryKind } from '../../../src/model.ts'
import type { BucketServer } from '../../bucket/bucket-server.ts'
import { gcsLocation, startGcsServer } from '../../bucket/gcs-protocol.ts'
import { S3_CREDENTIALS, s3Location, startS3Server } from '../../bucket/s3-protocol.ts'
import { contentOf, type Machine, type MachineOptions, openMachine } from './machine.ts'

const DEBDIFF = 'File lists identical (after any substitutions)\n'
const REPORT_KEY = 'cache/entries/diffoscope/a_b'
/** Lines that compress to half of their size, so that a report of some megabytes has many blocks. */
const noise = (line: number) => createHash('sha512').update(String(line)).digest('hex')
const report = (lines: number) =>
  JSON.stringify({
    'diffoscope-json-version': 1,
    source1: 'a',
    source2: 'b',
    unified_diff: null,
    details: [
      {
        source1: 'file',
        source2: 'file',
        unified_diff: `@@ -1,${lines} +1,${lines} @@\n${Array.from({ length: lines }, (_, line) => `-${noise(line)}\n`).join('')}`,
      },
    ],
  })
const SMALL_REPORT = report(10)
/** Of about 5 MB, in ten blocks of which each has 250 KB in the bucket. */
const LARGE_REPORT = report(40_000)

const uploaded = (machine: Machine) =>
  vi.waitFor(() => expect(machine.cache.shared?.waiting).toBe(0), { timeout: 60_000, interval: 20 })

beforeAll(() => {
  for (const [name, value] of Object.entries(S3_CREDENTIALS)) vi.stubEnv(name, value)
})
afterAll(() => vi.unstubAllEnvs())

describe('machines that share a bucket', () => {
  let server: BucketServer
  let machines: Machine[]
  beforeEach(async () => {
    server = await startS3Server()
    machines = []
  })
  afterEach(async () => {
    for (const machine of machines) await machine.close()
    await server.close()
  })

  const open = async (options: MachineOptions = {}) => {
    const machine = await openMachine(s3Location(server), options)
    machines.push(machine)
    return machine
  }
  it.each<[EntryKind, string]>([
    ['debdiff', DEBDIFF],
    ['summary', '{"verdict":"SAME"}\n'],
    ['diffoscope', SMALL_REPORT],
    ['diffoscope', LARGE_REPORT],
    ['partial', LARGE_REPORT],
    ['part', LARGE_REPORT],
    ['file', SMALL_REPORT],
  ])('find each other’s entries: %s', async (kind, content) => {
    const [one, two] = [await open(), await open()]
    const made = await one.publish(kind, 'a', 'b', content, { lacksTools: true, sha256: 'x' })
    await uploaded(one)
    const found = await two.cache.find(kind, 'a', 'b')
    expect(found).toMatchObject({ verified: true, origin: { lacksTools: true, sha256: 'x' } })
    expect(found?.modifiedMs).toBe(made.modifiedMs)
    expect(await two.read(kind, 'a', 'b')).toBe(content)
    expect(server.objects.size).toBe(1)
  })

  it('ask the bucket only for what they do not have', async () => {
    const one = await open()
    await one.publish('debdiff', 'a', 'b', DEBDIFF)
    await uploaded(one)
    server.requests.length = 0
    expect(await one.read('debdiff', 'a', 'b')).toBe(DEBDIFF)
    expect(server.requests).toEqual([])
    expect(await one.read('debdiff', 'a', 'other')).toBeNull()
    expect(server.requests).toHaveLength(1)
  })

  it('read a page of a large report by a few small requests, and keep what they read', async () => {
    const [one, two] = [await open(), await open()]
    await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
    await uploaded(one)
    const size = server.objects.get(REPORT_KEY)?.bytes.length ?? 0
    server.requests.length = 0
    const page = async () => {
      const entry = await two.cache.find('diffoscope', 'a', 'b')
      const opened = await openReport(entry?.path ?? '', `${entry?.indexPath}.index`)
      try {
        const [hunk] = await opened.hunks(1, 0, 1)
        if (!hunk) throw new Error('no hunk')
        for await (const [line] of opened.lines(hunk, { from: 30_000, count: 1 })) return line?.text
        throw new Error('no line')
      } finally {
        await opened.close()
      }
    }
    expect(await page()).toBe(noise(30_000))
    expect(server.requests.length).toBeLessThan(5)
    expect(server.sentBytes()).toBeLessThan(size / 2)
    server.requests.length = 0
    expect(await page()).toBe(noise(30_000))
    expect(server.requests).toEqual([])
  })

  it('agree on one entry when both make it, and take it from the bucket', async () => {
    const [one, two] = [await open({ isStarted: false }), await open({ isStarted: false })]
    await one.publish('debdiff', 'a', 'b', 'first\n')
    await two.publish('debdiff', 'a', 'b', 'second\n')
    one.cache.start()
    await uploaded(one)
    two.cache.start()
    await uploaded(two)
    const [entry, other] = [
      await one.cache.find('debdiff', 'a', 'b'),
      await two.cache.find('debdiff', 'a', 'b'),
    ]
    expect(await two.read('debdiff', 'a', 'b')).toBe('first\n')
    expect(other?.modifiedMs).toBe(entry?.modifiedMs)
    expect(two.events).toContain('upload agreed')
  })

  it('replace an entry that one of them has found and made again', async () => {
    const [one, two] = [await open(), await open()]
    await one.publish('debdiff', 'a', 'b', 'of old packages\n')
    await uploaded(one)
    await two.read('debdiff', 'a', 'b')
    await two.publish('debdiff', 'a', 'b', 'of new packages\n')
    await uploaded(two)
    const three = await open()
    expect(await three.read('debdiff', 'a', 'b')).toBe('of new packages\n')
    expect(two.events).toContain('upload done')
  })

  it('find what another one has made in place of what they have, once that is no longer good', async () => {
    const [one, two] = [await open(), await open()]
    await one.publish('debdiff', 'a', 'b', 'of old packages\n')
    await uploaded(one)
    const old = await two.cache.find('debdiff', 'a', 'b')
    if (!old) throw new Error('no entry')
    expect(await two.cache.findNewer(old)).toBeNull()
    expect(await two.read('debdiff', 'a', 'b')).toBe('of old packages\n')
    await one.publish('debdiff', 'a', 'b', 'of new packages\n')
    await uploaded(one)
    const newer = await two.cache.findNewer(old)
    expect(newer && (await contentOf(newer.path))).toBe('of new packages\n')
    expect(await two.read('debdiff', 'a', 'b')).toBe('of new packages\n')
  })

  it('upload what is used of a cache that is older than the bucket', async () => {
    const alone = await openMachine(null)
    await alone.publish('debdiff', 'a', 'b', DEBDIFF)
    await alone.publish('diffoscope', 'a', 'b', LARGE_REPORT)
    await alone.stop()
    const [one, two] = [await open({ root: alone.root }), await open()]
    await one.read('debdiff', 'a', 'b')
    await one.read('diffoscope', 'a', 'b')
    await vi.waitFor(() => expect(server.objects.size).toBe(2), { timeout: 60_000 })
    expect(await two.read('debdiff', 'a', 'b')).toBe(DEBDIFF)
    expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
  })

  it('do not upload an entry that the old service has written, and that may be cut', async () => {
    const one = await open()
    await one.publish('debdiff', 'a', 'c', DEBDIFF)
    await writeFile(join(one.root, 'debdiff', 'a_b'), DEBDIFF)
    expect(await one.read('debdiff', 'a', 'b')).toBe(DEBDIFF)
    await uploaded(one)
    expect([...server.objects.keys()]).toEqual(['cache/entries/debdiff/a_c'])
  })

  it('share reports in the legacy format, too, which the old service still finds', async () => {
    const [one, two] = [await open({ format: 'legacy' }), await open()]
    await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
    await uploaded(one)
    expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
    expect((await stat(join(one.root, 'diffoscope', 'a_b.json'))).size).toBe(LARGE_REPORT.length)
    // In the bucket it is compressed, so that others need not fetch all of it for a page.
    expect(server.objects.get(REPORT_KEY)?.bytes.length).toBeLessThan(LARGE_REPORT.length * 0.7)
    expect(await readdir(join(two.root, 'differ', 'index', 'diffoscope'))).toContain('+a_b.blocks')
  })

  describe('whose caches are converted', () => {
    const convert = async (machine: Machine, format: CacheFormat) => {
      const paths: string[] = []
      for await (const { path } of convertCache(machine.root, format))
        paths.push(path.slice(machine.root.length + 1))
      return paths
    }
    const writes = () => server.requests.filter(({ method }) => method !== 'GET').map(({ key }) => key)
    const [OWN, LEGACY] = ['differ/entries/diffoscope/a_b.json', 'diffoscope/a_b.json']

    it('find the same bytes and times there and back, and upload nothing again', async () => {
      const [one, two] = [await open(), await open()]
      const { modifiedMs } = await one.publish('diffoscope', 'a', 'b', LARGE_REPORT, { lacksTools: true })
      await uploaded(one)
      server.requests.length = 0
      for (const [format, from] of [
        ['legacy', OWN],
        ['compressed', LEGACY],
        ['legacy', OWN],
      ] as const) {
        expect(await convert(one, format)).toEqual([from])
        const entry = await one.cache.find('diffoscope', 'a', 'b')
        expect(entry).toMatchObject({ verified: true, origin: { lacksTools: true }, modifiedMs })
        expect(await one.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
      }
      await one.publish('debdiff', 'a', 'b', DEBDIFF)
      await uploaded(one)
      expect(writes()).toEqual(['cache/entries/debdiff/a_b'])
      expect((await two.cache.find('diffoscope', 'a', 'b'))?.modifiedMs).toBe(modifiedMs)
      expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
    })

    it.each<[CacheFormat, CacheFormat]>([
      ['compressed', 'legacy'],
      ['legacy', 'compressed'],
    ])('upload a report once that is converted before it is uploaded: %s, %s', async (before, after) => {
      const [one, two] = [await open({ format: before }), await open()]
      await server.stop()
      await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
      await vi.waitFor(() => expect(one.events).toContain('away'), { timeout: 60_000 })
      expect(await convert(one, after)).toHaveLength(1)
      await server.start()
      await uploaded(one)
      expect(writes()).toEqual([REPORT_KEY])
      expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
    })

    it('leave stubs as they are, which are read from the bucket as before', async () => {
      const [one, two] = [await open(), await open()]
      await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
      await uploaded(one)
      await two.cache.find('diffoscope', 'a', 'b')
      const stub = await readFile(join(two.root, OWN))
      server.requests.length = 0
      for (const format of ['legacy', 'compressed'] as const) expect(await convert(two, format)).toEqual([])
      expect(server.requests).toEqual([])
      expect(await readFile(join(two.root, OWN))).toEqual(stub)
      expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
      // What the bucket gave as a copy is converted, and still known to be in it.
      await one.publish('diffoscope', 'a', 'c', report(500))
      await uploaded(one)
      await two.read('diffoscope', 'a', 'c')
      server.requests.length = 0
      expect(await convert(two, 'legacy')).toEqual([OWN.replace('a_b', 'a_c')])
      expect(await two.read('diffoscope', 'a', 'c')).toBe(report(500))
      await two.publish('debdiff', 'a', 'b', DEBDIFF)
      await uploaded(two)
      expect(writes()).toHaveLength(1)
    })
  })

  it('keep what they have when the bucket is away, and upload what is new when it is back', async () => {
    const [one, two] = [await open(), await open()]
    await one.publish('debdiff', 'a', 'b', DEBDIFF)
    await uploaded(one)
    await two.read('debdiff', 'a', 'b')
    await server.stop()
    expect(await two.read('debdiff', 'a', 'b')).toBe(DEBDIFF)
    expect(await two.read('debdiff', 'a', 'c')).toBeNull()
    expect(two.cache.shared?.isAway).toBe(true)
    await two.publish('debdiff', 'a', 'c', 'new\n')
    expect(await two.read('debdiff', 'a', 'c')).toBe('new\n')
    expect(two.cache.shared?.waiting).toBe(1)
    await server.start()
    await uploaded(two)
    expect(two.cache.shared?.isAway).toBe(false)
    expect(two.events.filter((event) => /away|back/.test(event))).toEqual(['away', 'back'])
    expect(await one.read('debdiff', 'a', 'c')).toBe('new\n')
  })

  it('do not wait for a slow bucket more than once', async () => {
    const one = await open()
    server.setFault(() => ({ delayMs: 10_000 }))
    const startMs = performance.now()
    expect(await one.read('debdiff', 'a', 'b')).toBeNull()
    for (let id = 0; id < 100; id++) expect(await one.read('debdiff', 'a', `c${id}`)).toBeNull()
    expect(performance.now() - startMs).toBeLessThan(8_000)
    expect(one.cache.shared?.isAway).toBe(true)
  })

  it('upload after a restart what another process had queued', async () => {
    const dead = await open({ isStarted: false })
    await dead.publish('debdiff', 'a', 'b', DEBDIFF)
    await dead.stop()
    const then = new Date(Date.now() - 61_000)
    const queued = join(dead.root, 'differ', 'uploads', 'debdiff')
    await utimes(join(queued, 'a_b'), then, then)
    await open({ root: dead.root })
    await vi.waitFor(() => expect(server.objects.size).toBe(1), { timeout: 60_000 })
    await vi.waitFor(async () => expect(await readdir(queued)).toEqual([]), { timeout: 60_000 })
  })

  describe('find damage', () => {
    const flip = (bytes: Buffer, at: number) => {
      const copy = Buffer.from(bytes)
      copy.writeUInt8((copy.readUInt8(at) + 1) % 256, at)
      return copy
    }
    it.each<[string, (bytes: Buffer) => Buffer]>([
      ['a head with a flipped bit', (bytes) => flip(bytes, 40)],
      ['no head', () => Buffer.from('hello')],
      ['an end that is missing', (bytes) => bytes.subarray(0, -10)],
      ['a file with a flipped bit', (bytes) => flip(bytes, bytes.length - 5)],
    ])('of a small object, and replace it: %s', async (_, damage) => {
      const [one, two] = [await open(), await open()]
      await one.publish('debdiff', 'a', 'b', DEBDIFF)
      await uploaded(one)
      const [key, object] = [...server.objects][0] ?? []
      if (!key || !object) throw new Error('nothing was uploaded')
      server.objects.set(key, { bytes: damage(object.bytes), version: object.version })
      expect(await two.read('debdiff', 'a', 'b')).toBeNull()
      await two.publish('debdiff', 'a', 'b', 'made again\n')
      await uploaded(two)
      const three = await open()
      expect(await three.read('debdiff', 'a', 'b')).toBe('made again\n')
    })

    it('of an object that is a copy of another one', async () => {
      const [one, two] = [await open(), await open()]
      await one.publish('debdiff', 'a', 'b', DEBDIFF)
      await uploaded(one)
      const [object] = [...server.objects.values()]
      if (object) server.objects.set('cache/entries/debdiff/a_c', object)
      expect(await two.read('debdiff', 'a', 'c')).toBeNull()
      expect(two.events).toContain('lookup damaged')
    })

    it.each<[string, (bytes: Buffer) => Buffer]>([
      ['cut', (bytes) => bytes.subarray(0, bytes.length / 2)],
      ['flipped', (bytes) => flip(bytes, 1000)],
      ['empty', () => Buffer.alloc(0)],
      ['longer', (bytes) => Buffer.concat([bytes, bytes])],
      ['of other bytes', (bytes) => Buffer.alloc(bytes.length, 7)],
    ])('of a block that arrives %s, and read it again', async (_, damage) => {
      const [one, two] = [await open(), await open()]
      await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
      await uploaded(one)
      await two.cache.find('diffoscope', 'a', 'b')
      const seen = new Set<string | null>()
      // Each range arrives damaged once.
      server.setFault(({ range }) => {
        const isFirst = !seen.has(range)
        seen.add(range)
        return isFirst ? { body: damage } : null
      })
      expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
    })

    it('of blocks that are swapped in the bucket, and replace the object once it is made again', async () => {
      const [one, two] = [await open(), await open()]
      await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
      await uploaded(one)
      const object = server.objects.get(REPORT_KEY)
      if (!object) throw new Error('nothing was uploaded')
      const half = object.bytes.length >> 1
      const swapped = Buffer.from(object.bytes)
      object.bytes.copy(swapped, half, half + 300_000, half + 600_000)
      object.bytes.copy(swapped, half + 300_000, half, half + 300_000)
      server.objects.set(REPORT_KEY, { bytes: swapped, version: object.version })
      await expect(two.read('diffoscope', 'a', 'b')).rejects.toThrow('damaged in the bucket')
      const entry = await two.cache.find('diffoscope', 'a', 'b')
      if (!entry) throw new Error('no entry')
      await two.cache.setAside(entry)
      expect(await two.read('diffoscope', 'a', 'b')).toBeNull()
      await two.publish('diffoscope', 'a', 'b', LARGE_REPORT)
      await uploaded(two)
      const three = await open()
      expect(await three.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
    })

    it.each<[string, (path: string) => Promise<void>]>([
      ['cut', (path) => truncate(path, 100_000)],
      ['emptied', (path) => truncate(path, 0)],
      ['overwritten', (path) => writeFile(path, Buffer.alloc(3_000_000, 7))],
    ])('of kept blocks that were %s, and read them again', async (_, damage) => {
      const [one, two] = [await open(), await open()]
      await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
      await uploaded(one)
      expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
      await damage(join(two.root, 'differ', 'index', 'diffoscope', '+a_b.blocks'))
      expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
    })
  })

  it('say that a report was replaced while it was read, and find the new one', async () => {
    const [one, two, three] = [await open(), await open(), await open()]
    await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
    await uploaded(one)
    await two.cache.find('diffoscope', 'a', 'b')
    await three.cache.find('diffoscope', 'a', 'b')
    await three.publish('diffoscope', 'a', 'b', report(50_000))
    await uploaded(three)
    await expect(two.read('diffoscope', 'a', 'b')).rejects.toThrow('replaced')
    expect(await two.read('diffoscope', 'a', 'b')).toBe(report(50_000))
  })

  it('take a stub for nothing when the bucket is no longer used', async () => {
    const [one, two] = [await open(), await open()]
    await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
    await uploaded(one)
    await two.cache.find('diffoscope', 'a', 'b')
    await two.stop()
    const alone = await openMachine(null, { root: two.root })
    expect(await alone.read('diffoscope', 'a', 'b')).toBeNull()
    await alone.publish('diffoscope', 'a', 'b', LARGE_REPORT)
    expect(await alone.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
    await alone.stop()
  })
})

describe.each<[string, () => Promise<{ location: string; close: () => Promise<void> }>]>([
  [
    'bucket of Cloud Storage',
    async () => {
      const server = await startGcsServer()
      return { location: gcsLocation(server), close: () => server.close() }
    },
  ],
  [
    'directory',
    async () => {
      const location = await mkdtemp(join(tmpdir(), 'differ-shared-'))
      return { location, close: () => rm(location, { recursive: true }) }
    },
  ],
])('machines that share a %s', (_, openShared) => {
  it('find, replace and agree on entries as with S3', async () => {
    const shared = await openShared()
    const machines = await Promise.all(Array.from({ length: 3 }, () => openMachine(shared.location)))
    const [one, two, three] = machines
    if (!one || !two || !three) throw new Error('no machines')
    try {
      await one.publish('diffoscope', 'a', 'b', LARGE_REPORT)
      await uploaded(one)
      expect(await two.read('diffoscope', 'a', 'b')).toBe(LARGE_REPORT)
      await two.publish('diffoscope', 'a', 'b', SMALL_REPORT)
      await three.publish('diffoscope', 'a', 'b', LARGE_REPORT)
      await uploaded(two)
      await uploaded(three)
      const found = await Promise.all([two, three].map((machine) => machine.read('diffoscope', 'a', 'b')))
      expect(found[0]).toBe(found[1])
    } finally {
      for (const machine of machines) await machine.close()
      await shared.close()
    }
  })
})
