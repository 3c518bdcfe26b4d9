import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HiddenPath, PathHider, TEMP_OF_DIFFOSCOPE } from '../../../src/diff/tools/hide-paths.ts'

const TEMP = '/var/tmp/differ-host-1/job-abc/tmp-XyZ123'
const HIDDEN: HiddenPath[] = [
  { path: TEMP },
  TEMP_OF_DIFFOSCOPE,
  { path: '/srv/artifacts/run-1/tea_1_all.deb', shownAs: 'tea_1_all.deb' },
]

/** Passes the text in pieces of a size. */
function hide(text: string, size = text.length + 1, hidden = HIDDEN): string {
  const hider = new PathHider(hidden)
  const bytes = Buffer.from(text)
  const output: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) output.push(hider.push(bytes.subarray(at, at + size)))
  return Buffer.concat([...output, hider.end()]).toString()
}

const CASES: [what: string, text: string, expected: string][] = [
  [
    'a member of a container',
    `Command \`gzip -d -c ${TEMP}/diffoscope_ykjyrvji_new/tmp4dbt68np_DebTarContainer/0/8.gz\` failed`,
    'Command `gzip -d -c 0/8.gz` failed',
  ],
  ['a temporary file', `readelf ${TEMP}/diffoscope_ykjyrvji_/tmp4dbt68np: no`, 'readelf tmp: no'],
  ['the directory itself', `cannot write ${TEMP}`, 'cannot write tmp'],
  ['a package', 'Error extracting /srv/artifacts/run-1/tea_1_all.deb', 'Error extracting tea_1_all.deb'],
  ['another package beside it', '/srv/artifacts/run-1/tea_2_all.deb', '/srv/artifacts/run-1/tea_2_all.deb'],
  ['a path that was cut', `gzip: ${TEMP}/diffoscope_ykj  [...]", "x"`, 'gzip:   [...]", "x"'],
  ['a path that was cut early', `gzip: ${TEMP.slice(0, 20)}  [...]"`, 'gzip:   [...]"'],
  ['two paths', `${TEMP}/0/1 ${TEMP}/0/2`, '0/1 0/2'],
  ['a similar path', `${TEMP.slice(0, 30)}/other`, `${TEMP.slice(0, 30)}/other`],
  [
    'an address in a comment',
    '["Error extracting: \\"No (errno=0, retcode=-30, archive_p=140196456701280)\\""]',
    '["Error extracting: \\"No (errno=0, retcode=-30)\\""]',
  ],
  [
    'an address elsewhere',
    '+errno=0, archive_p=140196456701280)\\n',
    '+errno=0, archive_p=140196456701280)\\n',
  ],
  ['its name in diffoscope', 'gzip «TEMP»/diffoscope_5rtt7x2__new/tmpsv_hgejv_X/0/7.gz', 'gzip 0/7.gz'],
  ['that name in a package', '+«TEMP»/file', '+«TEMP»/file'],
  ['nothing', 'just /tmp/x and text', 'just /tmp/x and text'],
]

describe('paths in what a tool prints', () => {
  it.each(CASES)('are hidden: %s', (_, text, expected) => {
    expect(hide(text)).toBe(expected)
  })

  it.each([1, 2, 7, 13, 64])('are hidden if the output arrives in pieces of %i bytes', (size) => {
    const text = CASES.map(([, line]) => line).join('\n')
    expect(hide(text, size)).toBe(CASES.map(([, , line]) => line).join('\n'))
  })

  it('do not change other output, however it is divided', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        (text, size) => {
          expect(hide(Buffer.from(text).toString(), size)).toBe(Buffer.from(text).toString())
        },
      ),
    )
  })

  it('are recognized as the output writes them', () => {
    const hider = new PathHider([{ path: '/tmp/différence' }], (path) =>
      JSON.stringify(path).slice(1, -1).replace('é', '\\u00e9'),
    )
    const shown = Buffer.concat([hider.push(Buffer.from('"/tmp/diff\\u00e9rence/0/1"')), hider.end()])
    expect(shown.toString()).toBe('"0/1"')
  })
})
