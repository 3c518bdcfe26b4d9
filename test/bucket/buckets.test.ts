import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, vi } from 'vitest'
import { openBucket } from '../../src/bucket/open-bucket.ts'
import type { BucketServer } from './bucket-server.ts'
import { describeBucket, type OpenedBucket } from './bucket-suite.ts'
import { gcsLocation, startGcsServer } from './gcs-protocol.ts'
import { S3_CREDENTIALS, s3Location, startS3Server } from './s3-protocol.ts'

beforeAll(() => {
  for (const [name, value] of Object.entries(S3_CREDENTIALS)) vi.stubEnv(name, value)
})
afterAll(() => vi.unstubAllEnvs())

async function opened(server: BucketServer, location: string, prefix: string): Promise<OpenedBucket> {
  const bucket = await openBucket(location)
  return {
    bucket,
    state: async () => ({
      keys: [...server.objects.keys()].map((key) => key.slice(prefix.length)),
      unfinished: server.unfinished.size,
    }),
    close: async () => {
      bucket.close()
      await server.close()
    },
  }
}

describeBucket('directory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'differ-bucket-'))
  const bucket = await openBucket(root)
  const names = async () => readdir(root, { recursive: true, withFileTypes: true })
  return {
    bucket,
    state: async () => {
      const files = (await names()).filter((entry) => entry.isFile())
      const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
      const isDraft = (path: string) => path.startsWith('.unfinished/')
      return {
        keys: paths.filter((path) => !isDraft(path)),
        unfinished: paths.filter(isDraft).length,
      }
    },
    close: () => rm(root, { recursive: true }),
  }
})

for (const prefix of ['', 'farm/a+b/'])
  describeBucket(`bucket of S3 with the prefix "${prefix}"`, async () => {
    const server = await startS3Server()
    return opened(server, s3Location(server, prefix), prefix)
  })

for (const prefix of ['', 'farm/a+b/'])
  describeBucket(`bucket of Cloud Storage with the prefix "${prefix}"`, async () => {
    const server = await startGcsServer()
    return opened(server, gcsLocation(server, prefix), prefix)
  })
