import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDirectoryStore } from '../../src/artifacts/directory.ts'
import { ArtifactRetrievalError, ArtifactsMissingError } from '../../src/errors.ts'
import { buildPackage } from '../fixtures/packages.ts'
import { describeArtifactStore } from './store-suite.ts'

describeArtifactStore('directory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'differ-artifacts-'))
  return {
    store: openDirectoryStore(root),
    put: async (runId, filename, content) => {
      await mkdir(join(root, runId), { recursive: true })
      await writeFile(join(root, runId, filename), content)
    },
    close: () => rm(root, { recursive: true, force: true }),
  }
})

describe('a directory of artifacts', () => {
  let work: string
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'differ-directory-'))
    await buildPackage(join(work, 'elsewhere'), { name: 'alpha', version: '1' })
    await mkdir(join(work, 'root/run'), { recursive: true })
  })
  afterAll(() => rm(work, { recursive: true, force: true }))

  it('does not follow a symbolic link out of its root', async () => {
    await symlink('../elsewhere', join(work, 'root/linked'))
    await expect(openDirectoryStore(join(work, 'root')).list('linked')).rejects.toThrow(ArtifactsMissingError)
  })

  const reasons = async (run: string) =>
    (await openDirectoryStore(join(work, 'root')).fetch(run, work)).map(({ invalid }) => invalid)

  it('refuses a package that is a symbolic link, because the two tools treat it differently', async () => {
    await symlink('../../elsewhere/alpha_1_all.deb', join(work, 'root/run/alpha_1_all.deb'))
    expect(await reasons('run')).toEqual(['it is not a regular file'])
  })

  it('refuses a package that is a named pipe without waiting for a writer', async () => {
    await mkdir(join(work, 'root/pipe'))
    await promisify(execFile)('mkfifo', [join(work, 'root/pipe/alpha_1_all.deb')])
    expect(await reasons('pipe')).toEqual(['it is not a regular file'])
  })

  it('throws ArtifactsMissingError if the root does not exist', async () => {
    await expect(openDirectoryStore(join(work, 'nowhere')).list('run')).rejects.toThrow(ArtifactsMissingError)
  })

  it('throws ArtifactRetrievalError if the file system fails', async () => {
    // A link to itself fails with ELOOP, which does not mean that the run is missing.
    await symlink('loop', join(work, 'root/loop'))
    await expect(openDirectoryStore(join(work, 'root')).list('loop')).rejects.toThrow(ArtifactRetrievalError)
  })
})
