import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runTool } from '../../../src/diff/tools/process.ts'
import { fixture, LIMITS, NOTHING_LEFT, processesWith, runFixture, scratch, surroundWith } from './helpers.ts'

describe.each(['none', 'bubblewrap'] as const)('with the sandbox %s', (sandbox) => {
  beforeAll(() => surroundWith(sandbox))
  afterAll(() => surroundWith('none'))

  describe('a tool that misbehaves is stopped, and nothing of it is left', () => {
    test.each([
      ['hangs', { timeoutMs: 400 }, { stopped: 'timeout', signal: 'SIGTERM' }],
      // The sandbox itself ends at once, and takes the tool with it.
      [
        'ignores-term',
        { timeoutMs: 400 },
        { stopped: 'timeout', signal: sandbox === 'none' ? 'SIGKILL' : 'SIGTERM' },
      ],
      ['waits-for-children', { timeoutMs: 400 }, { stopped: 'timeout', signal: 'SIGTERM' }],
      ['eats-memory-together', { memoryBytes: 300_000_000 }, { stopped: 'memory', signal: 'SIGKILL' }],
      ['floods-stdout', { outputBytes: 1_000_000 }, { stopped: 'output' }],
      ['fills-temp', { tempBytes: 20_000_000 }, { stopped: 'temp', signal: 'SIGKILL' }],
      ['burns-cpu', { cpuSeconds: 1 }, { stopped: null, signal: 'SIGXCPU' }],
    ])('%s', async (name, limits, expected) => {
      const { result, left } = await runFixture(name, { limits })
      expect(result).toMatchObject(expected)
      expect(left).toEqual(NOTHING_LEFT)
    })

    test.runIf(sandbox === 'none')('one that ignores SIGTERM gets two seconds', async () => {
      const { result } = await runFixture('ignores-term', { limits: { timeoutMs: 200 } })
      expect(result.durationMs).toBeGreaterThan(2_100)
    })

    test('the memory of a single process is limited by the kernel, and it can say so', async () => {
      const { result, left } = await runFixture('eats-memory', { limits: { memoryBytes: 200_000_000 } })
      expect(result).toMatchObject({ stopped: null, exitCode: 1 })
      expect(result.stderr).toMatch(/^MemoryError/m)
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('memory that processes share counts once', async () => {
      const { result } = await runFixture('shares-memory', { limits: { memoryBytes: 400_000_000 } })
      expect(result).toMatchObject({ stopped: null, exitCode: 0 })
      expect(result.peakResidentBytes).toBeGreaterThan(120_000_000)
    })

    test('what is left in a session of its own is found and killed, and does not hold up the result', async () => {
      const chunks: Buffer[] = []
      const { result, left } = await runFixture('leaves-daemon', {
        onOutput: (chunk) => void chunks.push(chunk),
      })
      expect(result).toMatchObject({ stopped: null, exitCode: 1, outputBytes: 8 })
      expect(Buffer.concat(chunks).toString()).toBe('differs\n')
      expect(result.durationMs).toBeLessThan(600_000)
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('a stranger that holds the pipes open does not hold up the result', async () => {
      const { result } = await runFixture('hides-daemon')
      expect(result).toMatchObject({ stopped: null, exitCode: 1, outputBytes: 8 })
    })

    test('a temporary directory that is closed to its owner is removed', async () => {
      const { result, left } = await runFixture('locks-temp')
      expect(result.exitCode).toBe(0)
      expect(left).toEqual(NOTHING_LEFT)
    })
  })

  describe('cancelling', () => {
    test('stops a running tool', async () => {
      const { result, left } = await runFixture('hangs', { signal: AbortSignal.timeout(300) })
      expect(result).toMatchObject({ stopped: 'aborted', signal: 'SIGTERM' })
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('while the start is prepared stops the tool as soon as it runs', async () => {
      const leave = new AbortController()
      const run = runTool([fixture('hangs')], {
        limits: LIMITS,
        workDir: await scratch(),
        signal: leave.signal,
      })
      leave.abort()
      expect(await run).toMatchObject({ stopped: 'aborted' })
      expect(processesWith('fixtures/hangs')).toEqual([])
    })

    test('before the start throws the reason and starts nothing', async () => {
      const reason = new Error('nobody waits any more')
      const run = runFixture('hangs', { signal: AbortSignal.abort(reason) })
      await expect(run).rejects.toBe(reason)
      expect(processesWith('fixtures/hangs')).toEqual([])
    })
  })

  describe('output', () => {
    test('goes into the file and to the consumer alike', async () => {
      const dir = await scratch()
      const outputPath = join(dir, 'out')
      const chunks: Buffer[] = []
      await runFixture(['dies', 'KILL'], { outputPath, onOutput: (chunk) => void chunks.push(chunk) })
      expect(await readFile(outputPath, 'utf8')).toBe('half\n')
      expect(Buffer.concat(chunks).toString()).toBe('half\n')
    })

    test('never gets longer than its limit', async () => {
      const outputPath = join(await scratch(), 'out')
      const { result } = await runFixture('floods-stdout', { outputPath, limits: { outputBytes: 1_000_000 } })
      expect(result.outputBytes).toBeGreaterThan(900_000)
      expect(result.outputBytes).toBeLessThanOrEqual(1_000_000)
      expect((await stat(outputPath)).size).toBe(result.outputBytes)
    })

    test('waits for a slow consumer', async () => {
      let inFlight = 0
      let most = 0
      const { result } = await runFixture('floods-stdout', {
        limits: { outputBytes: 500_000 },
        onOutput: async () => {
          most = Math.max(most, ++inFlight)
          await sleep(20)
          inFlight--
        },
      })
      expect(result.stopped).toBe('output')
      expect(most).toBe(1)
    })

    test('a consumer that never comes back does not outlast the time limit', async () => {
      const { result, left } = await runFixture(['dies', 'KILL'], {
        limits: { timeoutMs: 500 },
        onOutput: () => new Promise(() => {}),
      })
      expect(result.stopped).toBe('timeout')
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('a consumer that throws stops the tool and is the failure', async () => {
      const failure = new Error('the reader went away')
      const { result, left } = await runFixture('hangs', {
        onOutput: () => {
          throw failure
        },
      })
      expect(result).toMatchObject({ stopped: null, failure, signal: 'SIGTERM' })
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('a full disk stops the tool and is the failure', async () => {
      const { result } = await runFixture('floods-stdout', { outputPath: '/dev/full' })
      expect(result.stopped).toBeNull()
      expect(result.failure).toMatchObject({ code: 'ENOSPC' })
    })

    test('standard error keeps its beginning and its end, without our paths', async () => {
      const { result } = await runFixture('floods-stderr')
      expect(result.stderr).toMatch(/^first words in file\n/)
      expect(result.stderr).toMatch(/last words\n$/)
      expect(result.stderr).toMatch(/\n\[\d{8} bytes left out\]\n/)
      expect(result.stderr.length).toBeLessThan(66_000)
    })

    test('status lines come whole; a line without end is left out', async () => {
      const lines: string[] = []
      await runFixture('reports-status', { onStatusLine: (line) => void lines.push(line) })
      expect(lines.map((line) => line.slice(0, 12))).toEqual([
        '{"msg": "a",',
        'no json',
        '{"msg": "b",',
        '{"msg": "c",',
      ])
    })
  })

  describe('surroundings', () => {
    test('the environment holds nothing of ours', async () => {
      let text = ''
      const { result } = await runFixture('prints-environment', {
        onOutput: (chunk) => {
          text += chunk
        },
      })
      expect(result.exitCode).toBe(0)
      const lines = text.trimEnd().split('\n')
      const names = lines.flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []).sort()
      // PWD, SHLVL and _ are bash's own.
      expect(names).toEqual(['DIFFER_JOB', 'HOME', 'LC_ALL', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', '_'])
      expect(text).toContain('\nPATH=/usr/bin:/bin\n'.slice(1))
      expect(lines).toContain('HOME=/nonexistent')
      // Working directory; soft and hard address space in KiB; open files; core; processor time.
      const temp = lines.find((line) => line.startsWith('TMPDIR='))?.slice(7)
      expect(lines.slice(-6)).toEqual([temp, '1171875', '1464843', '1024', '0', '60'])
    })

    test('arguments that are too long are a failure to start', async () => {
      const { result, left } = await runFixture(['exits', 'x'.repeat(200_000)])
      expect(result).toMatchObject({ exitCode: null, failure: { code: 'E2BIG' } })
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('a working directory that cannot be is an error of the system', async () => {
      const run = runTool(['true'], { workDir: '/dev/null/work', limits: LIMITS })
      await expect(run).rejects.toMatchObject({ code: 'ENOTDIR' })
    })
  })
})
