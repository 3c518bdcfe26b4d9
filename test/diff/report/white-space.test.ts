/** Hunks whose lines differ in nothing but white space. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openReport } from '../../../src/diff/report/open-report.ts'
import { isWhiteSpaceOnly } from '../../../src/diff/report/white-space.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'

async function hunkIsWhiteSpaceOnly(lines: readonly string[]): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-space-'))
  onTestFinished(() => removeTree(dir))
  const path = join(dir, 'report.json')
  const diff = `@@ -1,9 +1,9 @@\n${lines.map((line) => `${line}\n`).join('')}`
  const node = { source1: 'a', source2: 'b', unified_diff: diff, details: [] }
  const root = {
    'diffoscope-json-version': 1,
    source1: 'a',
    source2: 'b',
    unified_diff: null,
    details: [node],
  }
  await writeFile(path, JSON.stringify(root))
  const report = await openReport(path, `${path}.index`)
  try {
    const [hunk] = await report.hunks(1, 0, 1)
    if (!hunk) throw new Error('there is no hunk')
    return await isWhiteSpaceOnly(report, hunk)
  } finally {
    await report.close()
  }
}

describe('a hunk differs only in white space', () => {
  it.each([
    ['if blanks at line ends differ', ['-a ', '+a']],
    ['if tabs became spaces', ['-\ta\tb', '+        a  b']],
    ['if line ends differ', ['-a\r', '-b\r', '+a', '+b']],
    ['if empty lines came or went', [' a', '+', '+  ', ' b']],
    ['if a newline at the end came', ['-a', '\\ No newline at end of file', '+a']],
    ['in every run of changed lines', ['-a ', '+a', ' same', '-b', '+b ']],
  ])('%s', async (_when, lines) => {
    expect(await hunkIsWhiteSpaceOnly(lines)).toBe(true)
  })
})

describe('a hunk differs in more than white space', () => {
  it.each([
    ['if a word differs', ['-a b ', '+a c']],
    ['if a line was added', [' a', '+b']],
    ['if lines are joined', ['-a', '-b', '+a b']],
    ['if a line moved past another one', ['-a', ' b', '+a']],
    ['if a space became a no-break space', ['-rm -rf tea', '+rm -rf\u00a0tea']],
    ['if a space became an ideographic one', ['-a b', '+a\u3000b']],
    ['if it is too long to tell', Array.from({ length: 6_000 }, (_, at) => (at % 2 ? '+a ' : '-a'))],
    ['if a line is too long to tell', [`-${'a'.repeat(20_000)} `, `+${'a'.repeat(20_000)}`]],
  ])('%s', async (_when, lines) => {
    expect(await hunkIsWhiteSpaceOnly(lines)).toBe(false)
  })
})
