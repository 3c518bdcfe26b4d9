import { describe, expect, it } from 'vitest'
import {
  classifyComment,
  INFORMATION,
  NOT_COMPARED,
  WITHOUT_MD5SUMS,
} from '../../../src/diff/report/scan/incomplete.ts'
import type { IncompleteKind } from '../../../src/diff/report/types.ts'

/** What diffoscope 240 writes, and what Differ adds. */
const INCOMPLETE: [comment: string, kind: IncompleteKind, tool: string | null][] = [
  [`${NOT_COMPARED}UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9`, 'NOT_COMPARED', null],
  [`${WITHOUT_MD5SUMS}UnicodeDecodeError: 'utf-8' codec`, 'PARSING_FAILED', null],
  ['Timeout exceeded; details may be incomplete.', 'TIMEOUT', null],
  ['Reached max container depth (50)', 'DEPTH_LIMIT', null],
  [
    "'xz' not available in path. Falling back to binary comparison. Installing the 'xz-utils' package may produce better output.",
    'TOOL_MISSING',
    'xz',
  ],
  [
    "'unsquashfs' not available in path. Format-specific differences are supported for SquashFS filesystems.",
    'TOOL_MISSING',
    'unsquashfs',
  ],
  [
    "'showttf' not available in path. Installing the 'fontforge-extras' package may produce better output.",
    'TOOL_MISSING',
    'showttf',
  ],
  ['xxd not available in path. Falling back to Python hexlify.', 'TOOL_MISSING', 'xxd'],
  ['diff is not available', 'TOOL_MISSING', 'diff'],
  ["'dexdump' command not installed; cannot compare format-specific details.", 'TOOL_MISSING', 'dexdump'],
  [
    "'androguard' Python package not installed; cannot extract V2 signing keys.",
    'TOOL_MISSING',
    'androguard',
  ],
  ['Unable to import Python rpm module. Falling back to binary comparison.', 'TOOL_MISSING', 'rpm'],
  ['Unable to find the "debian" Python module. Falling back to text comparison.', 'TOOL_MISSING', 'debian'],
  ["Installing the 'guestfs' Python module may produce a better output.", 'TOOL_MISSING', 'guestfs'],
  [
    "Installing the 'pypdf' Python module from the 'python3-pypdf' package may produce a better output.",
    'TOOL_MISSING',
    'pypdf',
  ],
  [
    'Neither otool nor llvm-readobj was found in path, falling back to binary comparison.',
    'TOOL_MISSING',
    'otool',
  ],
  ['Command `gzip -d -c {}` failed with exit code 2. Standard error:', 'COMMAND_FAILED', 'gzip'],
  [
    "Command `'javap -verbose -constants -s -l -private {}'` failed with exit code 1. (No output)",
    'COMMAND_FAILED',
    'javap',
  ],
  ['Differences may be incomplete: write_file: failed to create file', 'COMMAND_FAILED', null],
  ['error from `readelf --wide --symbols {}`:', 'COMMAND_WARNED', 'readelf'],
  ['error from `msgunfmt {}` (a):', 'COMMAND_WARNED', 'msgunfmt'],
  ["error from `'zipinfo -v {}'` (b):", 'COMMAND_WARNED', 'zipinfo'],
  [
    'Error extracting \'x\', falling back to binary comparison: "Truncated input file"',
    'EXTRACTION_FAILED',
    null,
  ],
  [
    "Error parsing output of `readelf --wide --section-headers 0/1` for <class 'diffoscope.comparators.elf.ElfFile'>",
    'PARSING_FAILED',
    'readelf',
  ],
  ['Could not decompile bytecode: bad marshal data', 'PARSING_FAILED', null],
  ['Could not extract pypdf metadata from a.pdf: EOF marker not found', 'PARSING_FAILED', null],
  ['Could not extract pypdf annotations from a.pdf: EOF marker not found', 'PARSING_FAILED', null],
  ['Ignoring differences in offsets to keep diff size reasonable.', 'BLOCK_CUT', null],
  // Comments that diffoscope 240 does not know.
  ["'ubireader' was not found in the search path", 'TOOL_MISSING', 'ubireader'],
  ['The Python module for parquet files is not installed.', 'TOOL_MISSING', null],
  ['Comparison of the pages timed out after 60 s.', 'TIMEOUT', null],
  ['Failed to read the device tree: bad magic', 'PARSING_FAILED', null],
  ['Could not read the table of contents', 'PARSING_FAILED', null],
  ['Skipping 3 members that are too large', 'PARSING_FAILED', null],
]

const COMPLETE = [
  'Package is only in the old run',
  'Compared after recompression, because diffoscope cannot compare data.tar with data.tar.zst',
  'Files 88% similar despite different names',
  'Files identical despite different names',
  'Files differ',
  'Format-specific differences are supported for gzip files but no file-specific differences were detected; falling back to a binary diff. file(1) reports: gzip compressed data',
  'Archive contents identical but files differ, possibly due to different compression levels. Falling back to binary comparison.',
  'Differences in extra fields detected; using output from zipinfo -v',
  'File has been modified after NT_GNU_BUILD_ID has been applied.',
  'Ordering differences only',
  "'html2text' not available in path. Installing the 'html2text' package may produce better output.",
  'comprises of 3 embedded members',
  'symlink',
  'device',
  'socket/FIFO',
  'Trying to compare two non-existing files.',
  'a.changes is missing referenced files: [Errno 2] No such file or directory',
  'Document info',
  'Annotations',
  'Similarity: 0.9%',
  "Differences: {'a': 1}",
  'No difference found for decoded AndroidManifest.xml',
  'No decoded AndroidManifest.xml found for one of the APK files.',
  "'apksigcopier' Python package not installed; unconditionally running 'apktool'.",
  "No differences before APK Signing Block; not running 'apktool'.",
]

describe('a comment of a report', () => {
  it.each(INCOMPLETE)('says that something is missing: %s', (comment, kind, tool) => {
    expect(classifyComment(comment)).toEqual({ kind, tool })
  })

  it.each(COMPLETE)('only informs: %s', (comment) => {
    expect(classifyComment(comment)).toBeNull()
    expect(INFORMATION.filter((pattern) => pattern.test(comment))).toHaveLength(1)
  })

  it.each([
    '    gzip: 0/8.gz: unexpected end of file',
    'gzip: 0/8.gz failed to open',
    '',
    'some text',
    'Some text about a later format',
  ])('that is a program’s output says nothing: %j', (comment) => {
    expect(classifyComment(comment)).toBeNull()
  })
})
