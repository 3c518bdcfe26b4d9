/** The tests of importing runs, for each kind of database. */
import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { importRun } from '../../src/db/import-run.ts'
import { findBaselines } from '../../src/db/pairs.ts'
import type { Run } from '../../src/model.ts'

export interface ImportKit {
  readonly database: () => Database
  readonly get: (id: string) => Promise<Run>
  /** The ids of all runs. */
  readonly listed: () => Promise<string[]>
  /** All pairs, as `OLD NEW`. */
  readonly allPairs: () => Promise<string[]>
}

export function describeImport({ database, get, listed, allPairs }: ImportKit): void {
  describe('importRun', () => {
    const one = {
      id: 'new',
      codebase: 'hello',
      campaign: 'lintian-fixes',
      source: 'hello',
      version: '2.0-1',
      binaryPackages: ['hello', 'hello-doc'],
    }
    const two = { ...one, id: 'old', campaign: 'control', version: '1.0-1', unchangedOf: 'new' }
    const put = (imported: Parameters<typeof importRun>[1]) =>
      importRun(database(), imported, { allowForeign: true })

    it('adds a run and its control run, which are found as a pair', async () => {
      await put(one)
      await put(two)
      expect(await get('new')).toMatchObject({ source: 'hello', version: '2.0-1', resultCode: 'success' })
      expect((await findBaselines(database(), [await get('new')]))[0]?.id).toBe('old')
      expect(await allPairs()).toEqual(['old new'])
    })

    it('sets the control run’s revision to the one that the change is based on', async () => {
      await put({ ...one, revision: 'tip', mainBranchRevision: 'main' })
      await put(two)
      expect(await get('old')).toMatchObject({ revision: 'main', mainBranchRevision: 'main' })
      expect(await allPairs()).toEqual(['old new'])
    })

    it('can be repeated, and can pair the runs later', async () => {
      await put(one)
      await put({ ...two, unchangedOf: undefined })
      await put({ ...one, binaryPackages: ['hello-doc', 'hello'] })
      await put(two)
      await put(two)
      expect(await listed()).toHaveLength(2)
      expect(await allPairs()).toEqual(['old new'])
    })

    it('rejects an impossible run without a trace', async () => {
      await put(one)
      const refused: [Partial<typeof two> & { revision?: string }, string][] = [
        [{ unchangedOf: 'nonesuch' }, 'Run nonesuch does not exist'],
        [{ codebase: 'other' }, 'different codebases'],
        [{ id: 'new', campaign: 'lintian-fixes' }, 'another version'],
        [{ ...one, unchangedOf: 'new' }, 'its own control run'],
        [{ source: 'nul\0' }, 'NUL'],
        [{ id: '' }, 'cannot be empty'],
      ]
      for (const [change, message] of refused)
        await expect(put({ ...two, ...change })).rejects.toThrow(message)
      await put({ ...one, id: 'third', mainBranchRevision: 'main' })
      await expect(put({ ...two, unchangedOf: 'third', revision: 'elsewhere' })).rejects.toThrow(
        'based on revision main',
      )
      expect((await listed()).sort()).toEqual(['new', 'third'])
    })

    it('refuses to write to a database that Differ does not own', async () => {
      const attempt = importRun(database(), one, { allowForeign: false })
      if (database().owned) await expect(attempt).resolves.toBeUndefined()
      else await expect(attempt).rejects.toThrow('belongs to another service')
    })
  })
}
