/**
 * What diffoscope's comments say about the completeness of a report. The table has every comment that
 * diffoscope 240 can write, and those that Differ adds. Of a comment that only a later diffoscope writes, the words
 * decide: a report that may lack something must not be called complete.
 */
import type { IncompleteKind } from '../types.ts'

/** UTF-16 units at the beginning of a comment that are checked and stored. */
export const COMMENT_HEAD_LENGTH = 300

/** Begins a comment that Differ writes in place of the report of a package at which diffoscope failed. */
export const NOT_COMPARED = 'diffoscope failed at this package, so its contents are not compared: '

/** Begins a comment that Differ writes if diffoscope can compare a package only without its md5sums. */
export const WITHOUT_MD5SUMS = 'Compared without md5sums, at which diffoscope failed: '

/** The group `tool` is the program, or the Python module, that is missing or failed. */
const INCOMPLETE: readonly (readonly [IncompleteKind, RegExp])[] = [
  ['NOT_COMPARED', new RegExp(`^${NOT_COMPARED}`)],
  ['PARSING_FAILED', new RegExp(`^${WITHOUT_MD5SUMS}`)],
  ['TIMEOUT', /^Timeout exceeded; details may be incomplete/],
  ['DEPTH_LIMIT', /^Reached max container depth/],

  ['TOOL_MISSING', /^'(?<tool>[^'\s]+)' not available in path\./],
  ['TOOL_MISSING', /^(?<tool>xxd) not available in path\. Falling back to/],
  ['TOOL_MISSING', /^(?<tool>diff) is not available$/],
  ['TOOL_MISSING', /^'(?<tool>[^'\s]+)' (?:command|Python package) not installed; cannot /],
  ['TOOL_MISSING', /^Unable to import Python (?<tool>\S+) module\. Falling back to/],
  ['TOOL_MISSING', /^Unable to find the "(?<tool>[^"\s]+)" Python module\. Falling back to/],
  ['TOOL_MISSING', /^Installing the '(?<tool>[^'\s]+)' Python module .*may produce (?:a )?better output/],
  ['TOOL_MISSING', /^Neither (?<tool>otool) nor llvm-readobj was found in path, falling back to/],

  ['COMMAND_FAILED', /^Command `'?(?<tool>[^'`\s]+)[^\n]*?'?` failed with exit code/],
  // What `unsquashfs` printed.
  ['COMMAND_FAILED', /^Differences may be incomplete: /],
  ['COMMAND_WARNED', /^error from `'?(?<tool>[^'`\s]+)[^`]*`(?: \([ab]\))?:$/],
  ['EXTRACTION_FAILED', /^Error extracting /],
  ['PARSING_FAILED', /^Error parsing output of `(?<tool>[^`\s]+)/],
  ['PARSING_FAILED', /^Could not decompile bytecode: /],
  ['PARSING_FAILED', /^Could not extract pypdf (?:metadata|annotations) from /],

  // diffoscope drops what differs in offsets of the code, and says so.
  ['BLOCK_CUT', /^Ignoring differences in offsets to keep diff size reasonable/],

  // Comments of later versions. What programs print is indented, or begins with their name in small letters.
  ['TOOL_MISSING', /^(?:['"`](?<tool>[^'"`\s]+)['"`] |[A-Z])[^\n]*\bnot (?:installed|available|found)\b/],
  ['TIMEOUT', /^[A-Z][^\n]*\b(?:timed out|time ?out)\b/],
  [
    'PARSING_FAILED',
    /^(?=[A-Z])[^\n]*\b(?:[Ff]ail(?:ed|ure)|[Cc](?:ould not|annot)|[Uu]nable to|[Tt]runcated|[Ii]ncomplete|[Ss]kipp(?:ed|ing)|[Ii]gnor(?:ed|ing))\b/,
  ],
]

/**
 * Comments that describe a difference, or how it was found. Some sound like a lack: a file that was compared
 * as bytes because its contents are equal is complete, and a file changed after its build id was computed is
 * a fact about the file.
 */
export const INFORMATION: readonly RegExp[] = [
  /^Package is only in the (?:old|new) run$/,
  /^Compared after recompression, because diffoscope cannot compare /,
  /^Files (?:\d+% similar|identical) despite different names$/,
  /^Files differ$/,
  /^Format-specific differences are supported for .* but no file-specific differences were detected; /,
  /^Archive contents identical but files differ, possibly due to different compression levels\. /,
  /^Differences in extra fields detected; using output from zipinfo -v$/,
  /^File has been modified after NT_GNU_BUILD_ID has been applied\.$/,
  /^Ordering differences only$/,
  // It would show the text of a page a second time, without its tags.
  /^'html2text' not available in path\. Installing /,
  /^comprises of \d+ embedded members$/,
  /^(?:symlink|device|socket\/FIFO)$/,
  /^Trying to compare two non-existing files\.$/,
  /^.* is missing referenced files: /,
  /^(?:Document info|Annotations)$/,
  /^Similarity: /,
  /^Differences: /,
  /^No difference found for decoded AndroidManifest\.xml$/,
  /^No decoded AndroidManifest\.xml found for one of the APK files\.$/,
  /^'apksigcopier' Python package not installed; unconditionally running 'apktool'\.$/,
  /^No differences before APK Signing Block; not running 'apktool'\.$/,
]

/** The kind of incompleteness, and the program that the comment names; null for any other comment. */
export function classifyComment(comment: string): { kind: IncompleteKind; tool: string | null } | null {
  const head = comment.slice(0, COMMENT_HEAD_LENGTH)
  if (INFORMATION.some((pattern) => pattern.test(head))) return null
  for (const [kind, pattern] of INCOMPLETE) {
    const match = pattern.exec(head)
    if (match !== null) return { kind, tool: match.groups?.tool ?? null }
  }
  return null
}

/**
 * Kinds that may be due to a lack of time, memory or disk space: `reportVerdict` reads the comment to decide.
 */
export const FAILURE_KINDS: ReadonlySet<IncompleteKind> = new Set([
  'TIMEOUT',
  'EXTRACTION_FAILED',
  'COMMAND_FAILED',
  'COMMAND_WARNED',
  'PARSING_FAILED',
])

/** Kinds that other versions of the tools, or more of them, may avoid. */
export const TOOL_KINDS: ReadonlySet<IncompleteKind> = new Set([
  'NOT_COMPARED',
  'TOOL_MISSING',
  'EXTRACTION_FAILED',
  'COMMAND_FAILED',
  'COMMAND_WARNED',
  'PARSING_FAILED',
])
