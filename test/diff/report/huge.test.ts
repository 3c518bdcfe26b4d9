import { constants } from 'node:buffer'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { countOf } from '../../fixtures/seeds.ts'

/** More than the heap; in long tests longer than Node.js' longest string, too. */
const DIFF_BYTES = countOf(144 << 20, constants.MAX_STRING_LENGTH + (8 << 20))
const LINE = '+mov    0x10(%rax),%rdx # "é"'

it('inspects, indexes and renders a report that is larger than the heap of 128 MB', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'differ-huge-'))
  try {
    const path = join(dir, 'report.json')
    const escaped = JSON.stringify(`${LINE}\n`.repeat(20_000)).slice(1, -1)
    const times = Math.ceil(DIFF_BYTES / escaped.length)
    const lines = times * 20_000
    const hashes = { text: createHash('sha256'), markdown: createHash('sha256'), json: createHash('sha256') }
    const file = await open(path, 'w')
    const write = async (json: string, text: string, markdown: string) => {
      hashes.json.update(json)
      hashes.text.update(text)
      hashes.markdown.update(markdown)
      await file.writeFile(json)
    }
    const header = `@@ -0,0 +1,${lines} @@`
    await write(
      `{"diffoscope-json-version": 1, "source1": "a", "source2": "b", "unified_diff": null, "details": [{"source1": "huge", "source2": "huge", "unified_diff": "${header}\\n`,
      `--- a\n+++ b\n├── huge\n│ ${header}\n`,
      `# Comparing \`a\` & \`b\`\n\n## huge\n\n\`\`\`diff\n${header}\n`,
    )
    const text = `│ ${LINE}\n`.repeat(20_000)
    const markdown = `${LINE}\n`.repeat(20_000)
    for (let left = times; left > 0; left--) await write(escaped, text, markdown)
    await write('"}]}', '', '```\n\n')
    await file.close()

    const script = fileURLToPath(new URL('read-huge.ts', import.meta.url))
    const args = ['--max-old-space-size=128', '--import', 'tsx', script, path, join(dir, 'report.index')]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(JSON.parse(stdout)).toMatchObject({
      nodes: 2,
      counts: { nodes: 2, hunks: 1, addedLines: lines, removedLines: 0 },
      last: [{ kind: 'added', newNumber: lines, text: LINE.slice(1) }],
      text: hashes.text.digest('hex'),
      markdown: hashes.markdown.digest('hex'),
      json: hashes.json.digest('hex'),
    })
    expect(JSON.parse(stdout).peakBytes).toBeLessThan(300e6)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
