/** `differ precache` and `differ jobs`: clients of a running service. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { visible } from '../../src/commands/client/job-operations.ts'
import { Board, type BoardOutput } from '../../src/commands/client/progress-board.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  startService,
  type TestService,
} from '../fixtures/service.ts'
import { buildProgram, differ } from './processes.ts'

const TOKEN = 'a-token'
let dir: string
let gate: Gate
let service: TestService

beforeAll(async () => {
  await buildProgram()
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

const run = (args: string, env: Record<string, string> = {}) =>
  differ(args.split(' ').filter(Boolean), {
    cwd: dir,
    env: { DIFFER_URL: service.url, DIFFER_TOKEN: TOKEN, ...env },
  })

describe('differ precache', () => {
  it('queues a pair, and says which job it is', async () => {
    const { old, new: fresh } = await addPair(service, 'queued')
    const { code, stdout } = await run(`precache ${old} ${fresh}`)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^job [\w-]{22}: queued-old → queued-new: /)
  })

  it('follows a pair to its end, a line for each step where there is no terminal', async () => {
    const { old, new: fresh } = await addPair(service, 'followed')
    await gate.close()
    const running = run(`precache ${old} ${fresh} --follow`)
    await eventually(async () => expect((await gate.started()).length).toBeGreaterThan(0))
    await gate.open()
    const { code, stdout, stderr } = await running
    expect([code, stdout]).toEqual([0, 'followed-old → followed-new: done\n'])
    expect(stderr).toMatch(/followed-old → followed-new: runs \(d/)
    expect(stderr).not.toContain('\x1b')
    expect((await run(`precache ${old} ${fresh} --follow`)).stdout).toBe(
      'followed-old → followed-new: was cached already\n',
    )
  })

  it('exits with 1 where the job that it follows fails, and says why', async () => {
    const { old } = await addPair(service, 'failing')
    await service.addRun({ id: 'without-packages', codebase: 'failing' }, [])
    const { code, stdout } = await run(`precache ${old} without-packages --follow`)
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^failing-old → without-packages: failed \(No artifacts for run id: without-packages\)/,
    )
  })

  it('follows all that there is, with totals', async () => {
    const { code, stdout } = await run('precache --all --follow')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^(\d+) of \1: /)
  })

  it('takes a date: of what finished since', async () => {
    const { code, stdout } = await run('precache --since 2100-01-01')
    expect([code, stdout]).toEqual([0, 'There is nothing to precache.\n'])
  })

  it.each([
    ['no run', 'precache', {}, /Give two runs OLD and NEW, or --all, or --since DATE/],
    ['one run', 'precache a', {}, /Give two runs/],
    ['runs and --all', 'precache a b --all', {}, /Give two runs/],
    ['a date that is none', 'precache --since yesterday', {}, /"yesterday" is not a date such as/],
    ['a run that is not there', 'precache nobody nothing', {}, /No run|not found|nobody/i],
    ['no token', 'precache a b', { DIFFER_TOKEN: '' }, /needs the token/],
    [
      'a service that is not there',
      'jobs',
      { DIFFER_URL: 'http://127.0.0.1:9' },
      /cannot be reached .*--url/,
    ],
    ['a URL that is none', 'jobs', { DIFFER_URL: 'nowhere' }, /DIFFER_URL/],
  ])('explains what to do about %s', async (_, args, env, says) => {
    const { code, stdout, stderr } = await run(args, env as Record<string, string>)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(says)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('takes the token from a file', async () => {
    const file = join(dir, 'token')
    await writeFile(file, `${TOKEN}\n`)
    const { code } = await run(`precache --since 2100-01-01 --token-file ${file}`, { DIFFER_TOKEN: '' })
    expect(code).toBe(0)
  })
})

describe('differ jobs', () => {
  it('lists jobs, stops one, and lists those that were stopped', async () => {
    const { old, new: fresh } = await addPair(service, 'listed')
    await gate.close()
    await run(`precache ${old} ${fresh}`)
    await eventually(async () =>
      expect((await run('jobs --status running')).stdout).toContain('listed-old → listed-new: runs'),
    )
    const [{ jobId }] = JSON.parse((await run('jobs --status running --json')).stdout)
    expect((await run(`jobs --cancel ${jobId}`)).stdout).toBe(`${jobId}: is being stopped\n`)
    await gate.open()
    await eventually(async () =>
      expect((await run('jobs --status cancelled')).stdout).toContain(
        'listed-old → listed-new: was cancelled',
      ),
    )
    expect((await run('jobs --limit 1')).stdout.split('\n')).toHaveLength(2)
  })

  it('says so where there are none, and where one is not', async () => {
    expect((await run('jobs --status queued')).stdout).toBe('There are no jobs.\n')
    const { code, stderr } = await run('jobs --cancel nothing')
    expect(code).toBe(2)
    expect(stderr).toContain('Job nothing does not exist')
  })
})

describe('the board', () => {
  const screen = (isTTY: boolean) => {
    const written: string[] = []
    const output: BoardOutput = { isTTY, columns: 40, rows: 6, write: (text) => written.push(text) }
    return { board: new Board(output), written, text: () => written.join('') }
  }

  it('draws a bar for each job that runs, and totals below, as many as there is room for', async () => {
    const { board, text } = screen(true)
    for (let at = 0; at < 5; at++) board.running(`job-${at}`, at / 4, `job ${at}`)
    board.total(0.5, '5 of 10')
    await eventually(() => expect(text()).toContain('5 of 10'))
    expect(text()).toContain('[#####...............]  25 % job 1\n')
    expect(text()).toContain('and 2 more\n[##########..........]  50 % 5 of 10\n')
    board.ended('job-0', 'job 0: failed')
    expect(text()).toContain('\x1b[5A\x1b[Jjob 0: failed\n')
    board.close()
  })

  it('writes lines that stay where there is no terminal', () => {
    const { board, text } = screen(false)
    board.running('job', 0.5, 'job')
    board.total(0.1, '1 of 10')
    board.total(0.2, '2 of 10')
    board.ended('job', 'job: failed')
    board.close()
    expect(text()).toBe('1 of 10\njob: failed\n')
  })

  it('lets no name steer the terminal', () => {
    expect(visible('a\x1b[2Jb\u202ec\u2028')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{2028}')
  })
})
