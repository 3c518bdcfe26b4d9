/** Processes of jobs that are killed: every face says so, with an error that may be tried again. */
import { ChildProcess } from 'node:child_process'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { explainError } from '../../src/commands/explain-error.ts'
import { printHits } from '../../src/commands/search/print-hits.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/log.ts'
import { settingsFor, startService, type TestService } from '../fixtures/service.ts'
import { endIdleProcesses } from '../setup/lent-process.ts'

let service: TestService
beforeAll(async () => {
  // Of those that other test files have started, the sending is not watched.
  endIdleProcesses()
  watchProcesses()
  service = await startService()
  for (const id of ['old', 'new', 'other'])
    await service.addRun({ id }, [
      {
        name: 'tea',
        version: '1.0',
        files: {
          'usr/share/tea/leaves': `${id} leaves\n`,
          'usr/share/tea/pot.png': Buffer.from(`\x89PNG ${id}`, 'latin1'),
          'usr/share/tea/kettle': Buffer.from([0, 1, 2, id.length]),
        },
      },
    ])
  await service.graphql(MAKE)
})
afterAll(async () => {
  await service?.close()
  vi.restoreAllMocks()
})

const MAKE = `mutation { makeDiffs(input: { comparison: { runs: { old: "old", new: "new" } }, wait: true }) {
  ... on MakeDiffsPayload { errors { __typename ... on Error { message } } } } }`

type JobKind = 'summary' | 'file' | 'picture' | 'search'

/** Which jobs end with their process, as soon as it has got them. */
const killing: { kind: JobKind | null; count: number } = { kind: null, count: 0 }

function kill(kind: JobKind): void {
  Object.assign(killing, { kind, count: 0 })
}

function stopKilling(): void {
  killing.kind = null
}
afterEach(stopKilling)

/** Lets `killing` decide about every process that is started from now on. */
function watchProcesses(): void {
  const prototype = ChildProcess.prototype as unknown as { spawn(...args: unknown[]): unknown }
  const { spawn } = prototype
  vi.spyOn(prototype, 'spawn').mockImplementation(function (this: ChildProcess, ...args: unknown[]) {
    const result = Reflect.apply(spawn, this, args)
    const { send } = this
    if (send)
      this.send = (...message: unknown[]) => {
        const isKilled = killing.kind !== null && (message[0] as { kind?: string }).kind === killing.kind
        // Otherwise it may answer before it is killed.
        if (isKilled) this.kill('SIGSTOP')
        const isSent = Reflect.apply(send, this, message)
        if (isKilled) {
          killing.count += 1
          // A job that a process has not taken would be given to another one.
          this.emit('message', { taken: (message[0] as { id: number }).id })
          this.kill('SIGKILL')
        }
        return isSent
      }
    return result
  })
}

const ENDED = (what: string) => `${what} stopped, because its process ended (SIGKILL)`
const comparison = (fields: string, newId = 'new') =>
  service.graphql(`{ at: comparison(old: "old", new: "${newId}") { ... on Comparison { ${fields} } } }`)
const FAILED = '__typename ... on DiffCommandError { message retryable }'

describe('a process of a job that is killed is reported', () => {
  it('by GraphQL for a summary, and the next attempt succeeds', async () => {
    kill('summary')
    const { data } = await comparison(`summary(mode: WAIT) { ${FAILED} }`, 'other')
    expect([killing.count, data.at.summary]).toEqual([
      1,
      { __typename: 'DiffCommandError', message: ENDED('summary'), retryable: true },
    ])
    stopKilling()
    const again = await comparison('summary(mode: WAIT) { __typename }', 'other')
    expect(again.data.at.summary.__typename).toBe('Summary')
  })

  it('by GraphQL for a file', async () => {
    kill('file')
    const { data } = await comparison(`file(package: "tea", path: "usr/share/tea/leaves") { ${FAILED} }`)
    expect(data.at.file).toEqual({
      ...{ __typename: 'DiffCommandError', message: ENDED('comparison of a file'), retryable: true },
    })
  })

  it.each([
    [
      'a report',
      'at: diffoscope { ... on Diffoscope { found: search(text: "leaves") { totalCount } } }',
      'at',
    ],
    [
      'the report of a file',
      'at: file(package: "tea", path: "usr/share/tea/leaves") { ... on FileReport { found: search(text: "leaves") { totalCount } } }',
      'at',
    ],
    ['all files', 'found: search(text: "leaves") { totalCount }', null],
  ])('by GraphQL for a search in %s, with a code', async (_, fields, parent) => {
    kill('search')
    const { data, errors } = await comparison(fields)
    expect((parent === null ? data.at : data.at[parent]).found).toBeNull()
    expect(errors).toMatchObject([
      { message: ENDED('search'), extensions: { code: 'DIFF_COMMAND', retryable: true } },
    ])
    stopKilling()
    expect((await comparison(fields)).errors).toBeUndefined()
  })

  it('by a search in all files as one that it left out, if only its comparison was killed', async () => {
    await service.addRun({ id: 'fourth' }, [
      { name: 'tea', version: '1.0', files: { 'usr/share/tea/leaves': 'fourth leaves\n' } },
    ])
    await comparison('summary(mode: WAIT) { __typename }', 'fourth')
    kill('file')
    const { data } = await comparison('found: search(text: "leaves") { totalCount skippedFiles }', 'fourth')
    expect(killing.count).toBeGreaterThan(0)
    expect(data.at.found.skippedFiles).toBe(killing.count)
  })

  it.each([
    ['summary', '/summary/old/new2', 'summary'],
    ['file', '/file/old/other?package=tea&path=usr/share/tea/leaves', 'comparison of a file'],
    ['search', '/search/old/new?text=leaves', 'search'],
    ['picture', '/pictures/old/new/old?package=tea&path=usr/share/tea/pot.png', 'reading of a picture'],
  ] as const)('by REST: %s', async (kind, path, what) => {
    if (kind === 'summary') await service.addRun({ id: 'new2' }, [{ name: 'tea', version: '2.0', files: {} }])
    kill(kind)
    const { status, text } = await service.ask(path)
    expect([killing.count, status, text]).toEqual([1, 500, ENDED(what)])
    stopKilling()
    expect((await service.ask(path)).status).not.toBe(500)
  })

  it('by a job, which tries again and succeeds', async () => {
    await service.addRun({ id: 'queued' }, [{ name: 'tea', version: '3.0', files: {} }])
    kill('summary')
    const input = '{ comparison: { runs: { old: "old", new: "queued" } } }'
    await service.graphql(`mutation { makeDiffs(input: ${input}) { __typename } }`)
    const job = async () => {
      const { data } = await service.graphql(
        '{ precacheJobs(first: 1) { nodes { newRunId status attempts error { __typename ... on Error { message } } } } }',
      )
      return data.precacheJobs.nodes[0]
    }
    await expect.poll(job, { timeout: 30_000 }).toMatchObject({
      ...{ newRunId: 'queued', status: 'QUEUED', attempts: 1 },
      error: { __typename: 'DiffCommandError', message: ENDED('summary') },
    })
    expect(killing.count).toBe(1)
    stopKilling()
    await expect.poll(job, { timeout: 90_000 }).toMatchObject({ status: 'DONE', attempts: 2 })
  })

  it('by the command line, as a sentence', async () => {
    const env = { ...settingsFor(service.places), DATABASE_URL: service.databaseUrl ?? '' }
    const config = loadConfig({ flags: {}, env: { ...env, ARTIFACT_LOCATION: service.places.artifacts } })
    kill('search')
    const error = await printHits(config, createLog(config), {
      ...{ old: 'old', new: 'new', text: 'leaves', side: 'BOTH', hide: '' },
      ...{ isPattern: false, ignoreCase: false, isJson: false },
    }).catch((failure: unknown) => failure)
    expect(explainError(error)).toBe(ENDED('search'))
  })

  it('without a message in the log about a bug', () => {
    expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})
