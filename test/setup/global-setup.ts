/** Runs once before all test files, in vitest's own process. */
import { execFile } from 'node:child_process'
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

/** Builds `dist/` unless it is up to date, and serves databases. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const setup = join(import.meta.dirname, '..', '..', 'scripts', 'setup.mjs')
  await promisify(execFile)(process.execPath, [setup, 'build'])
  const databases = await serveDatabases()
  project.provide('databaseSocket', databases.socketPath)
  return () => databases.close()
}
