/**
 * The shared tests of the drivers against a bucket of S3 that somebody else's software serves. `DIFFER_TEST_BUCKET` is its
 * location, for example `s3://builds?endpoint=http://localhost:9000`, and credentials come from where the driver finds them.
 * Each test uses its own prefix, and removes its objects afterwards.
 */
import { randomUUID } from 'node:crypto'
import {
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { describe, expect, it, vi } from 'vitest'
import { parseBucketLocation } from '../../src/bucket/bucket-location.ts'
import { openBucket } from '../../src/bucket/open-bucket.ts'
import { checkBucket } from '../../src/commands/doctor/check-bucket.ts'
import { describeBucket, type OpenedBucket, sourceOf } from './bucket-suite.ts'

const LOCATION = process.env.DIFFER_TEST_BUCKET

async function openOutside(location: string): Promise<OpenedBucket> {
  const parsed = parseBucketLocation(location)
  if (parsed?.driver !== 's3')
    throw new TypeError(`DIFFER_TEST_BUCKET must be a bucket of S3, not ${location}`)
  const prefix = `${parsed.prefix}test-${randomUUID()}/`
  const [, query = ''] = location.split('?')
  const bucket = await openBucket(`s3://${parsed.bucket}/${prefix}?${query}`)
  const client = new S3Client({
    forcePathStyle: parsed.hasPathStyle,
    region: parsed.region ?? 'us-east-1',
    ...(parsed.endpoint !== null && { endpoint: parsed.endpoint }),
  })
  const target = { Bucket: parsed.bucket, Prefix: prefix }
  const keys = async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command(target))
    return Contents.map(({ Key = '' }) => Key.slice(prefix.length))
  }
  return {
    bucket,
    state: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(target))
      return { keys: await keys(), unfinished: Uploads.length }
    },
    close: async () => {
      for (const key of await keys())
        await client.send(new DeleteObjectCommand({ Bucket: parsed.bucket, Key: prefix + key }))
      bucket.close()
      client.destroy()
    },
  }
}

if (LOCATION === undefined) it.skip('a bucket of S3: set DIFFER_TEST_BUCKET', () => {})
else {
  describeBucket(`bucket of S3 at ${LOCATION}`, () => openOutside(LOCATION))

  describe('a bucket of S3 from outside', () => {
    const { signal } = new AbortController()

    it('suffices for differ doctor', async () => {
      const findings = await checkBucket({ cacheLocation: LOCATION, storageEmulator: null })
      expect(findings).toMatchObject([{ status: 'ok' }])
    })

    it('is asked again for a version that is still there, and not for one that is gone', async () => {
      const { bucket, close } = await openOutside(LOCATION)
      const version = await bucket.publish('a', sourceOf(Buffer.from('tea')), null, signal)
      expect((await bucket.read('a', { start: 0, length: 9 }, version, signal))?.version).toBe(version)
      await bucket.remove('a', signal)
      expect(await bucket.read('a', { start: 0, length: 9 }, version, signal)).toBeNull()
      await close()
    })

    it('removes uploads that are unfinished', async () => {
      const { bucket, state, close } = await openOutside(LOCATION)
      const never = { sizeBytes: 1 << 24, read: () => new Promise<Buffer>(() => {}) }
      const stop = new AbortController()
      const publishing = bucket.publish('a', never, null, stop.signal)
      await vi.waitFor(async () => expect((await state()).unfinished).toBe(1), { timeout: 30_000 })
      expect(await bucket.removeUnfinished(-3_600_000, signal)).toBe(1)
      expect(await state()).toEqual({ keys: [], unfinished: 0 })
      stop.abort(new Error('enough'))
      void publishing.catch(() => {})
      await close()
    })

    it('refuses wrong credentials, which is no passing failure', async () => {
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong')
      const bucket = await openBucket(LOCATION)
      const reading = bucket.read('a', { start: 0, length: 1 }, null, signal)
      await expect(reading).rejects.toMatchObject({ name: 'BucketError', isTransient: false })
      bucket.close()
      vi.unstubAllEnvs()
    })
  })
}
