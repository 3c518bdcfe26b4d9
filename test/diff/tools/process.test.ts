import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runTool } from '../../../src/diff/tools/process.ts'
import { hasTerminal } from '../../../src/diff/tools/process-table.ts'
import { fixture, LIMITS, NOTHING_LEFT, processesWith, runFixture, scratch, useSandbox } from './helpers.ts'

describe.each(['none', 'bubblewrap'] as const)('with the sandbox %s', (sandbox) => {
  beforeAll(() => useSandbox(sandbox))
  afterAll(() => useSandbox('none'))

  describe('stops a misbehaving tool and leaves nothing behind', () => {
    test.each([
      ['hangs', { timeoutMs: 400 }, { stopped: 'timeout', signal: 'SIGTERM' }],
      // The sandbox ends at SIGTERM and kills the tool.
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

    // In the sandbox, the end of bubblewrap kills the tool at once.
    if (sandbox === 'none')
      test('a tool that ignores SIGTERM is killed after two seconds', async () => {
        const { result } = await runFixture('ignores-term', { limits: { timeoutMs: 200 } })
        expect(result.durationMs).toBeGreaterThan(2_100)
      })

    test('the kernel limits the memory of a single process, which can still report that', async () => {
      const { result, left } = await runFixture('eats-memory', { limits: { memoryBytes: 200_000_000 } })
      expect(result).toMatchObject({ stopped: null, exitCode: 1 })
      expect(result.stderr).toMatch(/^MemoryError/m)
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('memory shared by several processes counts once', async () => {
      const { result } = await runFixture('shares-memory', { limits: { memoryBytes: 400_000_000 } })
      expect(result).toMatchObject({ stopped: null, exitCode: 0 })
      expect(result.peakResidentBytes).toBeGreaterThan(120_000_000)
    })

    test('a process left in a new session is killed and does not delay the result', async () => {
      const chunks: Buffer[] = []
      const { result, left } = await runFixture('leaves-daemon', {
        onOutput: (chunk) => void chunks.push(chunk),
      })
      expect(result).toMatchObject({ stopped: null, exitCode: 1, outputBytes: 8 })
      expect(Buffer.concat(chunks).toString()).toBe('differs\n')
      expect(result.durationMs).toBeLessThan(600_000)
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('an unrelated process that holds the pipes open does not delay the result', async () => {
      const { result } = await runFixture('hides-daemon')
      expect(result).toMatchObject({ stopped: null, exitCode: 1, outputBytes: 8 })
    })

    test('removes a temporary directory that its owner cannot read', async () => {
      const { result, left } = await runFixture('locks-temp')
      expect(result.exitCode).toBe(0)
      expect(left).toEqual(NOTHING_LEFT)
    })
  })

  const printedBy = async (script: string) => {
    const chunks: Buffer[] = []
    const printed = await runTool(['sh', '-c', script], {
      limits: LIMITS,
      sandbox,
      workDir: await scratch(),
      onOutput: (chunk) => void chunks.push(Buffer.from(chunk)),
    })
    expect(printed.exitCode).toBe(0)
    return Buffer.concat(chunks).toString().trim()
  }

  test('a tool and what it starts run at a lower priority than the service', async () => {
    const printed = await printedBy('sleep 0.2; nice; sh -c nice')
    const expected = Math.min(getPriority(process.pid) + 10, 19)
    expect(printed.split('\n').map(Number)).toEqual([expected, expected])
  })

  // Users other than root may have to wait for that, longer than this tool runs.
  test.runIf(process.getuid?.() === 0 && existsSync('/proc/self/autogroup'))(
    'a tool runs in the session of the service, or in one with a lower priority',
    async () => {
      const leadsSession = sandbox === 'none' || hasTerminal()
      const own = (await readFile('/proc/self/autogroup', 'utf8')).trim()
      const printed = await printedBy('sleep 0.2; cat /proc/self/autogroup')
      if (leadsSession) expect(printed).toMatch(/ nice 10$/)
      else expect(printed).toBe(own)
    },
  )

  describe('cancelling', () => {
    test('stops a running tool', async () => {
      const { result, left } = await runFixture('hangs', { signal: AbortSignal.timeout(300) })
      expect(result).toMatchObject({ stopped: 'aborted', signal: 'SIGTERM' })
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('during the start stops the tool as soon as it runs', async () => {
      const leave = new AbortController()
      const workDir = await scratch()
      const run = runTool([fixture('hangs')], { limits: LIMITS, workDir, signal: leave.signal })
      leave.abort()
      expect(await run).toMatchObject({ stopped: 'aborted' })
      expect(processesWith(workDir)).toEqual([])
    })

    test('before the start throws the reason and starts nothing', async () => {
      const reason = new Error('no caller is left')
      const workDir = await scratch()
      const run = runFixture('hangs', { workDir, signal: AbortSignal.abort(reason) })
      await expect(run).rejects.toBe(reason)
      expect(processesWith(workDir)).toEqual([])
    })
  })

  describe('output', () => {
    test('goes to the file and to the consumer', async () => {
      const dir = await scratch()
      const outputPath = join(dir, 'out')
      const chunks: Buffer[] = []
      await runFixture(['dies', 'KILL'], { outputPath, onOutput: (chunk) => void chunks.push(chunk) })
      expect(await readFile(outputPath, 'utf8')).toBe('half\n')
      expect(Buffer.concat(chunks).toString()).toBe('half\n')
    })

    test('never exceeds its limit', async () => {
      const outputPath = join(await scratch(), 'out')
      const { result } = await runFixture('floods-stdout', { outputPath, limits: { outputBytes: 1_000_000 } })
      expect(result.outputBytes).toBeGreaterThan(900_000)
      expect(result.outputBytes).toBeLessThanOrEqual(1_000_000)
      expect((await stat(outputPath)).size).toBe(result.outputBytes)
    })

    test('that the tool writes to a file by itself reaches the consumer, all of it and in order', async () => {
      const stdoutPath = join(await scratch(), 'out')
      const hash = createHash('sha256')
      const { result, left } = await runFixture('counts', {
        stdoutPath,
        onOutput: (chunk) => void hash.update(chunk),
      })
      const written = await readFile(stdoutPath)
      expect(result).toMatchObject({ exitCode: 0, stopped: null, outputBytes: written.length })
      expect(written.subarray(-7).toString()).toBe('700000\n')
      expect(hash.digest('hex')).toBe(createHash('sha256').update(written).digest('hex'))
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('that the tool writes to a file by itself ends the tool at its limit', async () => {
      const stdoutPath = join(await scratch(), 'out')
      const { result, left } = await runFixture('floods-stdout', {
        stdoutPath,
        limits: { outputBytes: 10_000_000 },
      })
      expect(result.stopped).toBe('output')
      expect(result.outputBytes).toBeLessThanOrEqual(10_000_000)
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('that the tool writes to a file by itself never makes that larger than a limit of its own', async () => {
      const stdoutPath = join(await scratch(), 'out')
      const { result, left } = await runFixture('floods-stdout', {
        stdoutPath,
        limits: { fileBytes: 3_000_001 },
      })
      expect(result).toMatchObject({ stopped: null, signal: 'SIGXFSZ' })
      expect((await stat(stdoutPath)).size).toBe(3_000_001)
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('in a file whose consumer fails stops the tool, and the error is the failure', async () => {
      const failure = new Error('the reader went away')
      const stdoutPath = join(await scratch(), 'out')
      const onOutput = () => {
        throw failure
      }
      const { result, left } = await runFixture('floods-stdout', { stdoutPath, onOutput })
      expect(result).toMatchObject({ stopped: null, failure })
      expect(left).toEqual(NOTHING_LEFT)
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

    test('a consumer that never returns does not delay the time limit', async () => {
      const { result, left } = await runFixture(['dies', 'KILL'], {
        limits: { timeoutMs: 500 },
        onOutput: () => new Promise(() => {}),
      })
      expect(result.stopped).toBe('timeout')
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('an error of the consumer stops the tool and is the failure', async () => {
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

    test('standard error is reduced to its beginning and end, without our paths', async () => {
      const { result } = await runFixture('floods-stderr')
      expect(result.stderr).toMatch(/^first words in file\n/)
      expect(result.stderr).toMatch(/last words\n$/)
      expect(result.stderr).toMatch(/\n\[\d{8} bytes left out\]\n/)
      expect(result.stderr.length).toBeLessThan(66_000)
    })

    test('status lines arrive whole; an endless line is dropped', async () => {
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

  describe('the start of a tool', () => {
    test('passes on nothing of our environment', async () => {
      let text = ''
      const { result } = await runFixture('prints-environment', {
        onOutput: (chunk) => {
          text += chunk
        },
      })
      expect(result.exitCode).toBe(0)
      const lines = text.trimEnd().split('\n')
      const names = lines.flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []).sort()
      // bash sets PWD, SHLVL and _ itself.
      expect(names).toEqual(['DIFFER_JOB', 'HOME', 'LC_ALL', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', '_'])
      expect(text).toContain('\nPATH=/usr/bin:/bin\n'.slice(1))
      expect(lines).toContain('HOME=/nonexistent')
      // Working directory; soft and hard address space in KiB; open files; core; processor time.
      const inEnvironment = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.split('=')[1]
      if (sandbox === 'none') expect(inEnvironment('TMPDIR')).toBe(inEnvironment('PWD'))
      else expect(inEnvironment('TMPDIR')).toMatch(/^\/tmp\/differ-[0-9a-f]{16}$/)
      expect(lines.slice(-6)).toEqual([inEnvironment('PWD'), '1171875', '1464843', '1024', '0', '60'])
    })

    test('fails for arguments that are too long', async () => {
      const { result, left } = await runFixture(['exits', 'x'.repeat(200_000)])
      expect(result).toMatchObject({ exitCode: null, failure: { code: 'E2BIG' } })
      expect(left).toEqual(NOTHING_LEFT)
    })

    test('throws a system error for an impossible working directory', async () => {
      const run = runTool(['true'], { workDir: '/dev/null/work', limits: LIMITS })
      await expect(run).rejects.toMatchObject({ code: 'ENOTDIR' })
    })
  })
})
