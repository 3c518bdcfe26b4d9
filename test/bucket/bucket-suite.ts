/** What every driver of a bucket does. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bucket, BucketError, type ObjectSource, PART_BYTES } from '../../src/bucket/bucket.ts'

export interface OpenedBucket {
  readonly bucket: Bucket
  /** The keys of all objects, and how many writes are unfinished. */
  readonly state: () => Promise<{ keys: string[]; unfinished: number }>
  readonly close: () => Promise<void>
}

export function sourceOf(bytes: Buffer): ObjectSource {
  return { sizeBytes: bytes.length, read: async ({ start, length }) => bytes.subarray(start, start + length) }
}

export function describeBucket(driver: string, open: () => Promise<OpenedBucket>): void {
  describe(`a ${driver}`, () => {
    let opened: OpenedBucket
    let bucket: Bucket
    const { signal } = new AbortController()
    const [tea, coffee] = [Buffer.from('a cup of tea'), Buffer.from('a pot of coffee')]
    const large = randomBytes(PART_BYTES * 2 + 12_345)
    const publish = (bytes: Buffer, replaces: string | null = null, key = 'entries/debdiff/a_b') =>
      bucket.publish(key, sourceOf(bytes), replaces, signal)
    const read = async (length = 1 << 20, start = 0, version: string | null = null) =>
      bucket.read('entries/debdiff/a_b', { start, length }, version, signal)
    beforeEach(async () => {
      opened = await open()
      bucket = opened.bucket
    })
    afterEach(() => opened.close())

    it('returns what was published, in ranges, with its size and version', async () => {
      const version = await publish(tea)
      expect(version).toMatch(/./)
      expect(await read()).toEqual({ bytes: tea, version, sizeBytes: tea.length })
      expect((await read(3, 2))?.bytes.toString()).toBe('cup')
      expect((await read(100, 9, version))?.bytes.toString()).toBe('tea')
    })

    it('returns null for an object that is not there, also next to one with a longer name', async () => {
      await publish(tea, null, 'entries/debdiff/a_b2')
      expect(await read()).toBeNull()
    })

    it.each([
      ['in one request', tea],
      ['in parts', large],
      ['in parts of which the last one is full', large.subarray(0, PART_BYTES * 2)],
    ])('publishes %s', async (_, bytes) => {
      const version = await publish(bytes)
      const tail = await read(1000, bytes.length - 10, version)
      expect(tail?.bytes.equals(bytes.subarray(-10))).toBe(true)
      expect((await read(bytes.length))?.bytes.equals(bytes)).toBe(true)
      expect(await opened.state()).toEqual({ keys: ['entries/debdiff/a_b'], unfinished: 0 })
    })

    it.each([
      ['small', coffee],
      ['large', large],
    ])('publishes a %s object only where there is none', async (_, bytes) => {
      await publish(tea)
      expect(await publish(bytes)).toBeNull()
      expect((await read())?.bytes).toEqual(tea)
      expect((await opened.state()).unfinished).toBe(0)
    })

    it('gives one name to one of many that publish it at once', async () => {
      const cups = Array.from({ length: 8 }, (_, number) => Buffer.from(`cup ${number}`))
      const versions = await Promise.all(cups.map((cup) => publish(cup)))
      const winners = versions.filter((version) => version !== null)
      expect(winners).toHaveLength(1)
      const found = await read()
      expect(found?.version).toBe(winners[0])
      expect(found?.bytes).toEqual(cups[versions.indexOf(winners[0] ?? '')])
    })

    it('replaces the version that is named, and no other', async () => {
      const first = await publish(tea)
      const second = await publish(large, first)
      expect(second).not.toBeNull()
      expect(await publish(tea, first)).toBeNull()
      expect(await read(10, 0, first)).toBeNull()
      expect((await read(10, 0, second))?.bytes.equals(large.subarray(0, 10))).toBe(true)
    })

    it('replaces nothing where nothing is', async () => {
      const version = await publish(tea)
      await bucket.remove('entries/debdiff/a_b', signal)
      expect(await publish(coffee, version)).toBeNull()
      expect(await read()).toBeNull()
    })

    it('removes an object once, and does not mind that it is gone', async () => {
      await publish(tea)
      await bucket.remove('entries/debdiff/a_b', signal)
      await bucket.remove('entries/debdiff/a_b', signal)
      expect(await read()).toBeNull()
    })

    it.each([
      ['small', 0, 10],
      ['large', PART_BYTES + 1, large.length],
    ])(
      'shows nothing of a %s object whose source fails, and says what failed',
      async (_, failsAt, sizeBytes) => {
        const failing: ObjectSource = {
          sizeBytes,
          read: async ({ start, length }) => {
            if (start + length >= failsAt) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
            return large.subarray(start, start + length)
          },
        }
        const published = bucket.publish('entries/debdiff/a_b', failing, null, signal)
        await expect(published).rejects.toMatchObject({ code: 'ENOENT' })
        expect(await opened.state()).toEqual({ keys: [], unfinished: 0 })
      },
    )

    it('stops when the signal aborts', async () => {
      const stopped = AbortSignal.abort(new Error('stopped'))
      await expect(bucket.read('a', { start: 0, length: 1 }, null, stopped)).rejects.toThrow('stopped')
      await expect(bucket.publish('a', sourceOf(tea), null, stopped)).rejects.toThrow('stopped')
      await expect(bucket.remove('a', stopped)).rejects.toThrow('stopped')
      expect((await opened.state()).keys).toEqual([])
    })

    it('keeps names apart that other systems would take for one', async () => {
      for (const key of ['a/%2e', 'a/b c', 'a/b+c', 'a/Ä', 'a/b?c=d#e'])
        await publish(Buffer.from(key), null, key)
      for (const key of ['a/%2e', 'a/b c', 'a/b+c', 'a/Ä', 'a/b?c=d#e'])
        expect((await bucket.read(key, { start: 0, length: 99 }, null, signal))?.bytes.toString()).toBe(key)
    })
  })
}

export const isTransient = (error: unknown) => error instanceof BucketError && error.isTransient
