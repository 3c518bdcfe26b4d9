/**
 * The tests that every artifact store must pass. A driver's test calls this with a way to add files to its
 * store.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ArtifactStore } from '../../src/artifacts/store.ts'
import { ArtifactsMissingError } from '../../src/errors.ts'
import type { Binary } from '../../src/model.ts'
import { buildPackage } from '../fixtures/packages.ts'

export interface StoreUnderTest {
  store: ArtifactStore
  /** Stores `content` as `{run id}/{filename}`, without changing the names. */
  put(runId: string, filename: string, content: Buffer): Promise<void>
  close(): Promise<void>
}

export function describeArtifactStore(driver: string, open: () => Promise<StoreUnderTest>): void {
  describe(`artifact store: ${driver}`, () => {
    let subject: StoreUnderTest
    let work: string
    let alpha: Buffer
    beforeAll(async () => {
      work = await mkdtemp(join(tmpdir(), 'differ-store-'))
      alpha = await readFile(await buildPackage(work, { name: 'alpha', version: '1.0-1' }))
      subject = await open()
      for (const name of ['zeta_2_amd64.udeb', 'alpha_1.0-1_all.deb', 'c++-lib_1%3a2.0+dfsg~rc1-1_arm64.deb'])
        await subject.put('run-1', name, alpha)
      for (const name of [
        'build.log',
        'alpha_1.0-1.dsc',
        '-rf_1_all.deb',
        'a b_1_all.deb',
        'x_1_all.deb\nFiles',
      ])
        await subject.put('run-1', name, alpha)
      for (const name of ['tea_1:2.0-1_all.deb', 'tea-dbgsym_1_amd64.ddeb'])
        await subject.put('odd', name, alpha)
      await subject.put('only-logs', 'build.log', Buffer.from('nothing'))
      await subject.put('broken', 'alpha_1.0-1_all.deb', Buffer.from('<html>not found</html>'))
      await subject.put('empty', 'alpha_1.0-1_all.deb', Buffer.alloc(0))
      await subject.put('outside', 'alpha_1.0-1_all.deb', alpha)
    })
    afterAll(async () => {
      await subject?.close()
      await rm(work, { recursive: true, force: true })
    })

    async function firstBinary(): Promise<Binary> {
      const [binary] = await subject.store.list('run-1')
      if (!binary) throw new Error('run-1 has no packages')
      return binary
    }

    it('lists only files with valid package names, sorted, with the parts of the name', async () => {
      const listed = await subject.store.list('run-1')
      expect(listed.map(({ checksum: _, changedMs: __, ...binary }) => binary)).toEqual([
        {
          runId: 'run-1',
          filename: 'alpha_1.0-1_all.deb',
          kind: 'deb',
          package: 'alpha',
          version: '1.0-1',
          architecture: 'all',
          sizeBytes: alpha.length,
        },
        {
          runId: 'run-1',
          filename: 'c++-lib_1%3a2.0+dfsg~rc1-1_arm64.deb',
          kind: 'deb',
          package: 'c++-lib',
          version: '1:2.0+dfsg~rc1-1',
          architecture: 'arm64',
          sizeBytes: alpha.length,
        },
        {
          runId: 'run-1',
          filename: 'zeta_2_amd64.udeb',
          kind: 'udeb',
          package: 'zeta',
          version: '2',
          architecture: 'amd64',
          sizeBytes: alpha.length,
        },
      ])
    })

    it('takes a name with a colon, and packages with debug symbols of Ubuntu', async () => {
      const listed = await subject.store.list('odd')
      expect(listed.map(({ filename, kind, version }) => [filename, kind, version])).toEqual([
        ['tea-dbgsym_1_amd64.ddeb', 'deb', '1'],
        ['tea_1:2.0-1_all.deb', 'deb', '1:2.0-1'],
      ])
      const fetched = await subject.store.fetch('odd', await mkdtemp(join(work, 'odd-')))
      expect(fetched.map(({ path }) => basename(path))).toEqual(listed.map(({ filename }) => filename))
    })

    it('names the files that it passes over although they look like packages', async () => {
      expect(await subject.store.passedOver('run-1')).toEqual([
        { filename: '-rf_1_all.deb', reason: expect.stringContaining('characters') },
        { filename: 'a b_1_all.deb', reason: expect.stringContaining('characters') },
      ])
      expect(await subject.store.passedOver('odd')).toEqual([])
      expect(await subject.store.passedOver('only-logs')).toEqual([])
    })

    it('fetches every package to the local disk under its own name', async () => {
      const dir = await mkdtemp(join(work, 'fetch-'))
      const fetched = await subject.store.fetch('run-1', dir)
      expect(fetched.map((entry) => basename(entry.path))).toEqual(fetched.map((entry) => entry.filename))
      expect(fetched).toHaveLength(3)
      for (const { path } of fetched) expect(await readFile(path)).toEqual(alpha)
    })

    it('returns the SHA-256 of a package, or null', async () => {
      const binary = await firstBinary()
      const digest = await subject.store.sha256(binary)
      if (digest !== null) expect(digest).toBe(createHash('sha256').update(alpha).digest('hex'))
    })

    it('lists equal checksums for equal content only, if it lists checksums', async () => {
      const listed = [...(await subject.store.list('run-1')), ...(await subject.store.list('broken'))]
      const [first, second, third, other] = listed.map(({ checksum }) => checksum)
      expect([second, third]).toEqual([first, first])
      if (first !== undefined) expect(other).not.toBe(first)
    })

    it.each([
      ['an unknown id', 'no-such-run'],
      ['an id without packages', 'only-logs'],
      ['an id that climbs out of the root', '../outside'],
      ['an id that climbs out and in again', 'run-1/../outside'],
      ['an absolute path', '/etc'],
      ['the root itself', '.'],
      ["the root's parent", '..'],
      ['an empty id', ''],
      ['an id with a NUL byte', 'run-1\0'],
      ['an id longer than a file name can be', 'x'.repeat(5000)],
    ])('throws ArtifactsMissingError for %s', async (_, id) => {
      await expect(subject.store.list(id)).rejects.toThrow(ArtifactsMissingError)
      await expect(subject.store.fetch(id, work)).rejects.toThrow(ArtifactsMissingError)
    })

    it('does not follow a file name out of the run', async () => {
      const climbing = { ...(await firstBinary()), filename: '../outside/alpha_1.0-1_all.deb' }
      await expect(subject.store.sha256(climbing)).rejects.toThrow(ArtifactsMissingError)
    })

    it.each(['broken', 'empty'])('says of a file that it is not a package (%s)', async (id) => {
      const dir = await mkdtemp(join(work, 'fetch-'))
      const fetched = await subject.store.fetch(id, dir)
      expect(fetched.map(({ invalid }) => invalid)).toContainEqual(expect.any(String))
    })

    it('throws the reason of an aborted signal', async () => {
      await expect(
        subject.store.fetch('run-1', work, AbortSignal.abort(new Error('enough'))),
      ).rejects.toThrow('enough')
    })
  })
}
