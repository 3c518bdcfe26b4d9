/** What a tool can see and do in the sandbox. */
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { probeSandbox } from '../../../src/diff/tools/probe-sandbox.ts'
import { runTool } from '../../../src/diff/tools/process.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { sandboxedEnd } from '../../../src/diff/tools/sandbox.ts'
import { LIMITS, processesWith, scratch } from './helpers.ts'

/** Runs a shell script in the sandbox; `text` is what it prints. */
async function inSandbox(script: string, inputDirs: string[] = [], limits = LIMITS) {
  return inSandboxIn(await scratch(), script, inputDirs, limits)
}

async function inSandboxIn(workDir: string, script: string, inputDirs: string[] = [], limits = LIMITS) {
  let text = ''
  const result = await runTool(['sh', '-c', script], {
    workDir,
    limits,
    sandbox: 'bubblewrap',
    inputDirs,
    onOutput: (chunk) => {
      text += chunk
    },
  })
  return { ...result, text }
}

it('works on this machine, which the other tests need', async () => {
  expect(await probeSandbox(await scratch())).toBeNull()
})

describe('a tool in the sandbox', () => {
  it('runs as nobody, without capabilities, and sees no other processes', async () => {
    const { text } = await inSandbox('id -u; grep CapEff /proc/self/status; ls -d /proc/[0-9]* | wc -l')
    const [uid, capabilities, processes] = text.trim().split('\n')
    expect(uid).toBe('65534')
    expect(capabilities).toBe('CapEff:\t0000000000000000')
    expect(Number(processes)).toBeLessThan(6)
  })

  it('reads its input and cannot change it', async () => {
    const dir = await scratch()
    await chmod(dir, 0o755)
    await writeFile(join(dir, 'package'), 'contents\n')
    const { text, stderr, exitCode } = await inSandbox(
      `cat ${dir}/package; echo x > ${dir}/package || echo x > ${dir}/other`,
      [dir],
    )
    expect(text).toBe('contents\n')
    expect(stderr).toMatch(/Read-only file system/)
    expect(exitCode).not.toBe(0)
    expect(await readdir(dir)).toEqual(['package'])
    expect(await readFile(join(dir, 'package'), 'utf8')).toBe('contents\n')
  })

  it.each([
    '/etc/shadow',
    '/root',
    '/home',
    '/var/log',
    '/run',
    '/sys',
    join(import.meta.dirname, 'sandbox.test.ts'),
    process.cwd(),
  ])('does not see %s', async (path) => {
    const { exitCode } = await inSandbox(`test ! -e ${path}`)
    expect(exitCode).toBe(0)
  })

  it('knows no other user than nobody', async () => {
    const { text } = await inSandbox('cat /etc/passwd; id -un')
    expect(text).toBe('nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nnobody\n')
  })

  it.each(['/', '/usr', '/usr/bin', '/etc', '/dev', '/var', '/proc/sys/kernel'])(
    'cannot write to %s',
    async (dir) => {
      const { exitCode } = await inSandbox(`! touch ${dir}/written 2>/dev/null`)
      expect(exitCode).toBe(0)
    },
  )

  it('writes to its own directory, which is also its /tmp and has a limit', async () => {
    const { text } = await inSandbox(
      'echo "$TMPDIR"; echo x > "$TMPDIR/a"; cat ./differ-*/a; echo y > b; cat /tmp/b',
    )
    expect(text).toMatch(/^\/tmp\/differ-[0-9a-f]{16}\nx\ny\n$/)
    const full = await inSandbox('head -c 50000000 /dev/zero > /tmp/fill; sleep 10', [], {
      ...LIMITS,
      tempBytes: 1_000_000,
    })
    expect(full.stopped).toBe('temp')
    const shared = await inSandbox('head -c 50000000 /dev/zero > /dev/shm/fill')
    expect(shared.stderr).toMatch(/No space left/)
  })

  it('may have its directory and its input below /dev/shm, and still cannot fill it', async () => {
    const workDir = await mkdtemp('/dev/shm/differ-test-')
    onTestFinished(() => removeTree(workDir))
    const input = join(workDir, 'input')
    await mkdir(input, { mode: 0o755 })
    await writeFile(join(input, 'package'), 'contents\n')
    const script = `cat ${input}/package; echo x > a && cat a; head -c 50000000 /dev/zero > /dev/shm/fill`
    const { text, stderr } = await inSandboxIn(workDir, script, [input])
    expect(text).toBe('contents\nx\n')
    expect(stderr).toMatch(/No space left/)
  })

  it('reaches no network', async () => {
    const server = createServer((socket) => socket.end('reached'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const script = `python3 -c 'import socket; socket.create_connection(("127.0.0.1", ${port}), 2)'`
    const { exitCode, stderr } = await inSandbox(script)
    server.close()
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/Connection refused|unreachable/)])
  })

  it('leaves no process behind, however it hides one', async () => {
    const name = `hidden-${Math.random()}`
    const { exitCode } = await inSandbox(
      `env -i setsid sh -c 'exec -a ${name} sleep 100' < /dev/null > /dev/null 2>&1 & env -i setsid bash -c 'exec -a ${name} sleep 100' > /dev/null 2>&1 & sleep 0.3`,
    )
    expect(exitCode).toBe(0)
    expect(processesWith(name)).toEqual([])
  })

  it('has the limits of a process inside the sandbox', async () => {
    const { text } = await inSandbox('ulimit -n; ulimit -c; ulimit -v')
    expect(text.trim().split('\n')).toEqual([
      '1024',
      '0',
      String(Math.floor((LIMITS.memoryBytes * 0.8) / 1024)),
    ])
  })

  it('that is installed outside the system sees its own directory, or the parent of its bin directory', async () => {
    const root = await scratch()
    await chmod(root, 0o755)
    for (const dir of ['bin', 'lib']) await mkdir(join(root, dir))
    await writeFile(join(root, 'lib/words'), 'from the library\n')
    await writeFile(join(root, 'bin/tool'), `#!/bin/sh\ncat "$(dirname "$0")/../lib/words"\n`, {
      mode: 0o755,
    })
    let text = ''
    const { exitCode } = await runTool([join(root, 'bin/tool')], {
      workDir: await scratch(),
      limits: LIMITS,
      sandbox: 'bubblewrap',
      onOutput: (chunk) => {
        text += chunk
      },
    })
    expect([exitCode, text]).toEqual([0, 'from the library\n'])
  })
})

describe('how a tool ended', () => {
  it.each([
    ['exit 1', { exitCode: 1, signal: null, failure: null }],
    ['exit 255', { exitCode: 255, signal: null, failure: null }],
    ['kill -SEGV $$', { exitCode: null, signal: 'SIGSEGV', failure: null }],
    ['kill -KILL $$', { exitCode: null, signal: 'SIGKILL', failure: null }],
  ])('is distinguished from how the sandbox ended: %s', async (script, expected) => {
    expect(await inSandbox(script)).toMatchObject(expected)
  })

  it('is a failure if the sandbox itself failed, although that exits with 1 too', async () => {
    const { exitCode, failure } = await inSandbox('exit 0', ['/does/not/exist'])
    expect(exitCode).toBe(1)
    expect(failure?.message).toMatch(/^the sandbox did not start: bwrap: Can't find source path/)
  })

  it.each([
    ['{ "child-pid": 5 }', null],
    ['{ "exit-code": 0 }', { exitCode: 0, signal: null }],
    ['{ "exit-code": 137 }', { exitCode: null, signal: 'SIGKILL' }],
    ['{ "exit-code": "1" }', null],
    ['nothing', null],
  ])('is parsed from the status line %s', (line, end) => {
    expect(sandboxedEnd(line)).toEqual(end)
  })
})
