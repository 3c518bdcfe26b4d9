/** `differ precache` and `differ jobs`, which talk to a running service. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BoardOutput, ProgressBoard } from '../../src/commands/client/progress-board.ts'
import { printable } from '../../src/commands/printable.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { differHere } from '../fixtures/command-line.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  startService,
  type TestService,
} from '../fixtures/service.ts'
import { differ } from './processes.ts'

const TOKEN = 'a-token'
let dir: string
let gate: Gate
let service: TestService

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-cli-jobs-'))
  gate = await makeGate(join(dir, 'gate'))
  service = await startService({ places: await makePlaces(), env: { ...gate.env, DIFFER_TOKEN: TOKEN } })
})
afterAll(async () => {
  await gate?.open()
  await service?.close()
  if (service) await removeTree(service.places.root)
  await removeTree(dir)
})

/** Commands that follow a job are processes, because the jobs run in this one meanwhile. */
const run = (args: string, env: Record<string, string> = {}) =>
  (args.includes('--follow') ? differ : differHere)(args.split(' ').filter(Boolean), {
    cwd: dir,
    env: { DIFFER_URL: service.url, DIFFER_TOKEN: TOKEN, ...env },
  })

describe('differ precache', () => {
  it('queues a pair and prints the job', async () => {
    const { old, new: changed } = await addPair(service, 'queued')
    const { code, stdout } = await run(`precache ${old} ${changed}`)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^job [\w-]{22}: queued-old → queued-new: /)
  })

  it('follows a pair until it is done, with a line for each step if there is no terminal', async () => {
    const { old, new: changed } = await addPair(service, 'followed')
    await gate.close()
    const running = run(`precache ${old} ${changed} --follow`)
    await eventually(async () => expect((await gate.started()).length).toBeGreaterThan(0))
    await gate.open()
    const { code, stdout, stderr } = await running
    expect([code, stdout]).toEqual([0, 'followed-old → followed-new: done\n'])
    expect(stderr).toMatch(/followed-old → followed-new: running \(d/)
    expect(stderr).not.toContain('\x1b')
    expect(await run(`precache ${old} ${changed} --follow`)).toMatchObject({
      code: 0,
      stdout: 'The diffs are cached already.\n',
    })
  })

  it('exits with 1 if the followed job fails, and prints the reason', async () => {
    const { old } = await addPair(service, 'failing')
    await service.addRun({ id: 'without-packages', codebase: 'failing' }, [])
    const { code, stdout } = await run(`precache ${old} without-packages --follow`)
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^failing-old → without-packages: failed \(No artifacts for run id: without-packages\)/,
    )
  })

  it('follows all pairs and prints totals', async () => {
    const { code, stdout } = await run('precache --all --follow')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^(\d+) of \1: /)
  })

  it('queues only runs that finished since a date', async () => {
    const { code, stdout } = await run('precache --since 2100-01-01')
    expect([code, stdout]).toEqual([0, 'There is nothing to precache.\n'])
  })

  it.each([
    ['no run', 'precache', {}, /Give two runs OLD and NEW, or --all, or --since DATE/],
    ['one run', 'precache a', {}, /Give two runs/],
    ['runs and --all', 'precache a b --all', {}, /Give two runs/],
    [
      'an invalid date',
      'precache --since yesterday',
      {},
      /--since must be a date such as .*, not "yesterday"/,
    ],
    ['an unknown run', 'precache nobody nothing', {}, /No run|not found|nobody/i],
    ['no token', 'precache --all', { DIFFER_TOKEN: '' }, /needs the token/],
    ['an unreachable service', 'jobs', { DIFFER_URL: 'http://127.0.0.1:9' }, /cannot be reached .*--url/],
    ['an invalid URL', 'jobs', { DIFFER_URL: 'nowhere' }, /DIFFER_URL/],
  ])('says what to do about %s', async (_, args, env, says) => {
    const { code, stdout, stderr } = await run(args, env as Record<string, string>)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(says)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('reads the token from a file', async () => {
    const file = join(dir, 'token')
    await writeFile(file, `${TOKEN}\n`)
    const { code } = await run(`precache --since 2100-01-01 --token-file ${file}`, { DIFFER_TOKEN: '' })
    expect(code).toBe(0)
  })
})

describe('differ jobs', () => {
  it('lists jobs, cancels one, and lists cancelled ones', async () => {
    const { old, new: changed } = await addPair(service, 'listed')
    await gate.close()
    await run(`precache ${old} ${changed}`)
    await eventually(async () =>
      expect((await run('jobs --status running')).stdout).toContain('listed-old → listed-new: running'),
    )
    const [{ jobId }] = JSON.parse((await run('jobs --status running --json')).stdout)
    expect((await run(`jobs --cancel ${jobId}`)).stdout).toBe(`${jobId}: cancelling\n`)
    await gate.open()
    await eventually(async () =>
      expect((await run('jobs --status cancelled')).stdout).toContain('listed-old → listed-new: cancelled'),
    )
    expect((await run('jobs --limit 1')).stdout.split('\n')).toHaveLength(2)
  })

  it('says if there are no jobs, or if a job does not exist', async () => {
    expect((await run('jobs --status queued')).stdout).toBe('There are no jobs.\n')
    const { code, stderr } = await run('jobs --cancel nothing')
    expect(code).toBe(2)
    expect(stderr).toContain('Job nothing does not exist')
  })
})

describe('ProgressBoard', () => {
  const screen = (isTTY: boolean) => {
    const written: string[] = []
    const output: BoardOutput = { isTTY, columns: 40, rows: 6, write: (text) => written.push(text) }
    return { board: new ProgressBoard(output), written, text: () => written.join('') }
  }

  it('draws as many bars of running jobs as fit, with totals below', async () => {
    const { board, text } = screen(true)
    for (let at = 0; at < 5; at++) board.showJob(`job-${at}`, at / 4, `job ${at}`)
    board.showTotal(0.5, '5 of 10')
    await eventually(() => expect(text()).toContain('5 of 10'))
    expect(text()).toContain('[#####...............]  25 % job 1\n')
    expect(text()).toContain('and 2 more\n[##########..........]  50 % 5 of 10\n')
    board.removeJob('job-0', 'job 0: failed')
    expect(text()).toContain('\x1b[5A\x1b[Jjob 0: failed\n')
    board.close()
  })

  it('writes plain lines if there is no terminal', () => {
    const { board, text } = screen(false)
    board.showJob('job', 0.5, 'job')
    board.showTotal(0.1, '1 of 10')
    board.showTotal(0.2, '2 of 10')
    board.removeJob('job', 'job: failed')
    board.close()
    expect(text()).toBe('1 of 10\njob: failed\n')
  })

  it('escapes control characters in names', () => {
    expect(printable('a\x1b[2Jb\u202ec\u2028')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{2028}')
  })
})
