import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectReport } from '../../../src/diff/report/scan/inspect.ts'
import { node, toReport } from './model.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-inspect-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Runs the real tool on two files. @returns the path of its report */
async function diffoscope(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const path = join(dir, `${Math.random()}.json`)
  await new Promise<void>((resolve, reject) => {
    const child = execFile('diffoscope', [`--json=${path}`, ...args], {
      cwd: dir,
      env: { ...process.env, ...env },
    })
    child.once('error', reject)
    child.once('exit', (code) => (code === 1 ? resolve() : reject(new Error(`exit code ${code}`))))
  })
  return path
}

async function writePair(
  name: string,
  old: string | Buffer,
  newer: string | Buffer,
): Promise<[string, string]> {
  await writeFile(join(dir, `old-${name}`), old)
  await writeFile(join(dir, `new-${name}`), newer)
  return [`old-${name}`, `new-${name}`]
}

describe('inspecting a report of the real tool', () => {
  it('finds no failure in a complete comparison', async () => {
    const path = await diffoscope(await writePair('text', 'a\n', 'b\n'))
    const { sizeBytes, nodes, failureComments, kinds } = await inspectReport(path)
    expect({ sizeBytes, nodes, failureComments, kinds }).toEqual({
      sizeBytes: (await readFile(path)).length,
      nodes: 1,
      failureComments: [],
      kinds: [],
    })
  })

  it('detects cut blocks and cut inputs', async () => {
    const numbers = (from: number) => Array.from({ length: 3000 }, (_, at) => `${from + at}\n`).join('')
    const files = await writePair('long', numbers(0), numbers(10_000))
    const block = await diffoscope(['--max-diff-block-lines-saved=100', ...files])
    expect((await inspectReport(block)).kinds).toEqual(['BLOCK_CUT'])
    const input = await diffoscope(['--max-diff-input-lines=100', ...files])
    expect((await inspectReport(input)).kinds).toEqual(['INPUT_CUT'])
  })

  it('detects a failed program', async () => {
    const magic = Buffer.from('fd377a585a000004e6d6b446', 'hex')
    const files = await writePair(
      'broken.xz',
      Buffer.concat([magic, Buffer.from('a')]),
      Buffer.concat([magic, Buffer.from('b')]),
    )
    const { kinds, failureComments } = await inspectReport(await diffoscope(files))
    expect(kinds).toEqual(['COMMAND_FAILED'])
    expect(failureComments).toEqual([expect.stringMatching(/^Command `xz .*` failed with exit code 1/)])
  })

  it('detects a missing program, which is not a failure', async () => {
    const bin = join(dir, 'bin')
    await mkdir(bin)
    for (const name of await readdir('/usr/bin'))
      if (name !== 'xxd') await symlink(`/usr/bin/${name}`, join(bin, name))
    const files = await writePair('binary', Buffer.from([0, 1, 2, 255]), Buffer.from([0, 1, 3, 255]))
    const { kinds, failureComments } = await inspectReport(await diffoscope(files, { PATH: bin }))
    expect({ kinds, failureComments }).toEqual({ kinds: ['TOOL_MISSING'], failureComments: [] })
  })
})

describe('inspecting any report', () => {
  it('returns at most 20 failure comments of at most 300 characters', async () => {
    const comments = Array.from({ length: 50 }, (_, at) => `Error extracting ${at} ${'x'.repeat(400_000)}`)
    const path = join(dir, 'comments.json')
    await writeFile(path, toReport(node('x', { comments })))
    const { failureComments } = await inspectReport(path)
    expect(failureComments).toEqual(comments.slice(0, 20).map((comment) => comment.slice(0, 300)))
  })
})
