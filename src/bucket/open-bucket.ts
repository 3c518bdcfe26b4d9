import type { Bucket } from './bucket.ts'
import { LOCATION_FORMS, parseBucketLocation } from './bucket-location.ts'

/** Opens the bucket at a location, without asking it. @throws TypeError for a location of another form */
export async function openBucket(location: string): Promise<Bucket> {
  const parsed = parseBucketLocation(location)
  if (!parsed) throw new TypeError(`The location of a bucket must be ${LOCATION_FORMS}, not "${location}"`)
  // Loaded on demand: each installation has one kind, and most have none.
  switch (parsed.driver) {
    case 'directory':
      return (await import('./directory-bucket.ts')).openDirectoryBucket(parsed.path)
    case 's3':
      return (await import('./s3-bucket.ts')).openS3Bucket(parsed)
    case 'gcs':
      return (await import('./gcs-bucket.ts')).openGcsBucket(parsed)
  }
}

/**
 * The buckets of this thread by location. A report may be opened in any thread, which has only the path of its file.
 * They hold idle connections, which keep no process alive.
 */
const opened = new Map<string, Promise<Bucket>>()

/** The same bucket for all callers of a thread, who do not close it. @throws as `openBucket` */
export function bucketAt(location: string): Promise<Bucket> {
  let bucket = opened.get(location)
  if (!bucket) {
    bucket = openBucket(location)
    opened.set(location, bucket)
  }
  return bucket
}
