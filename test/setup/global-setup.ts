/** Runs once before all test files, in vitest's own process. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { serveDatabases } from './database-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the Unix socket that `createTestDatabase` asks for databases. */
    databaseSocket: string
  }
}

/** Builds `dist/` unless it is up to date, and serves databases, and has a directory for files that test files share. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const setup = join(import.meta.dirname, '..', '..', 'scripts', 'setup.mjs')
  await promisify(execFile)(process.execPath, [setup, 'build'])
  const databases = await serveDatabases()
  project.provide('databaseSocket', databases.socketPath)
  const shared = await mkdtemp(join(tmpdir(), 'differ-shared-'))
  // `buildPackage` reads it from the environment, as it is also used outside of tests.
  process.env.TEST_SHARED_DIR = shared
  return async () => {
    await databases.close()
    await rm(shared, { recursive: true })
  }
}
