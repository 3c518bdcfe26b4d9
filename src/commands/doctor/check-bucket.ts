import { randomUUID } from 'node:crypto'
import type { Bucket } from '../../bucket/bucket.ts'
import { locationOf } from '../../bucket/bucket-location.ts'
import { openBucket } from '../../bucket/open-bucket.ts'
import type { Config } from '../../config/load.ts'
import { type Finding, failed, ok } from './finding.ts'
import { reasonOf } from './reason-of.ts'

const TIMEOUT_MS = 20_000
const CONTENT = Buffer.from('Written by differ doctor, which removes it.')
const ADVICE =
  'Check that the bucket exists, and that the credentials may read, write and delete objects in it: see docs/bucket.md.'

/** Whether the bucket of the cache does what Differ needs; an object is written and removed. */
export async function checkBucket({
  cacheLocation,
  storageEmulator,
}: Pick<Config, 'cacheLocation' | 'storageEmulator'>): Promise<Finding[]> {
  if (cacheLocation === null) return []
  const name = 'bucket of the cache'
  const bucket = await openBucket(locationOf(cacheLocation, storageEmulator))
  try {
    const problem = await problemOf(bucket)
    return [
      problem === null ? ok(name, bucket.location) : failed(name, `${bucket.location}: ${problem}`, ADVICE),
    ]
  } catch (error) {
    return [failed(name, `${bucket.location}: ${reasonOf(error)}`, ADVICE)]
  } finally {
    bucket.close()
  }
}

async function problemOf(bucket: Bucket): Promise<string | null> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const key = `doctor/${randomUUID()}`
  const source = { sizeBytes: CONTENT.length, read: async () => CONTENT }
  const version = await bucket.publish(key, source, null, signal)
  try {
    const second = await bucket.publish(key, source, null, signal)
    if (second !== null)
      return 'it replaces objects that it was asked to keep; it must know conditional writes (If-None-Match)'
    const part = await bucket.read(key, { start: 3, length: 5 }, version, signal)
    return part?.bytes.equals(CONTENT.subarray(3, 8)) ? null : 'it returns other bytes than were written'
  } finally {
    await bucket.remove(key, signal)
  }
}
