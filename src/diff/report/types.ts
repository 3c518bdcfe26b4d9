/**
 * The contract of a stored diffoscope report, for everybody who reads one: formats, filter, GraphQL.
 *
 * A report is a tree of nodes. A node is known by its ordinal, its place in document order (a parent before its children): the root is 0, and the
 * nodes below `n` are `n + 1 … n.end - 1`. Names repeat among siblings; ordinals never do and stay the same as long as the
 * report does. A node may carry a unified diff: hunks, which are lines. Nothing here holds a whole report, or a whole diff.
 *
 * Text is what the tool wrote, decoded from JSON: it is hostile (control characters, bidi marks, markup, lone surrogates), so escape it.
 * Written as UTF-8 by Node.js, a lone surrogate becomes U+FFFD.
 *
 * Offsets and sizes ending in `Bytes` count bytes of the report file, where text is still JSON-escaped.
 */

/** Sums over the whole report, or over one node and all nodes below it. Lines are those really there, whatever headers say. */
export interface ReportCounts {
  /** The root, or the node itself, counts. */
  readonly nodes: number
  readonly hunks: number
  readonly addedLines: number
  readonly removedLines: number
}

/**
 * Why a part of the report says less than there is to say:
 * - `TIMEOUT`: the tool's own time limit ended it early;
 * - `TOOL_MISSING`: a comparator's program is not installed (`tool`), the comparison is poorer;
 * - `EXTRACTION_FAILED`: a container could not be opened;
 * - `COMMAND_FAILED`: a comparator's program failed;
 * - `DEPTH_LIMIT`: a container was nested too deeply to be opened;
 * - `INPUT_CUT`: a diff was made of the beginning of its inputs only;
 * - `BLOCK_CUT`: lines of a diff were left out where it says so.
 */
export type IncompleteKind =
  | 'TIMEOUT'
  | 'TOOL_MISSING'
  | 'EXTRACTION_FAILED'
  | 'COMMAND_FAILED'
  | 'DEPTH_LIMIT'
  | 'INPUT_CUT'
  | 'BLOCK_CUT'

export interface IncompleteNotice {
  readonly kind: IncompleteKind
  /** Ordinal of the node that tells. */
  readonly node: number
  /** The program that is missing or failed, where the report names it. */
  readonly tool: string | null
  /** What the report says, at most 300 characters; null for `BLOCK_CUT` and `INPUT_CUT`, which stand in the diff. */
  readonly comment: string | null
}

/** What a node's diff holds. */
export interface DiffSummary {
  readonly hunks: number
  readonly addedLines: number
  readonly removedLines: number
  /** Length of the JSON string, without its quotes. */
  readonly sizeBytes: number
  /** Longest run of backticks that a line begins with, behind at most three blanks: what a Markdown fence must outdo. */
  readonly longestFence: number
}

export interface ReportNode {
  readonly ordinal: number
  /** Ordinal of the parent; null for the root. */
  readonly parent: number | null
  /** 0 for the root. At most 500. */
  readonly depth: number
  /** Ordinal of the first node behind this one and all below it: `end - ordinal` is the size of the subtree. */
  readonly end: number
  /** Nodes directly below. */
  readonly children: number
  /** Place among its siblings, from 0. */
  readonly position: number
  readonly source1: string
  readonly source2: string
  readonly comments: readonly string[]
  /** The tool's hint that the lines carry line numbers or addresses of their own (hexdump). */
  readonly hasInternalLineNumbers: boolean
  /** Null where the node has none (`"unified_diff": null`, or no such member). It may have no hunks: an empty string. */
  readonly diff: DiffSummary | null
  /** This node and all below it. */
  readonly subtree: ReportCounts
}

export interface ReportHunk {
  /** Ordinal of the node. */
  readonly node: number
  /** Place among the node's hunks, from 0. */
  readonly position: number
  /** The header line, at most 200 characters; null for lines that stand before the first header. */
  readonly header: string | null
  /** The header's numbers: first line (1-based; 0 for an empty side) and number of lines. What is really there may be less. */
  readonly oldStart: number
  readonly oldCount: number
  readonly newStart: number
  readonly newCount: number
  /** Lines really there, of every kind, without the header. */
  readonly lines: number
  readonly addedLines: number
  readonly removedLines: number
  /** Lines were left out here (`[ 4900 lines removed ]`): there are lines of kind `elided`. */
  readonly cut: boolean
  /** Where the hunk lies in the report file, header included. */
  readonly startBytes: number
  readonly sizeBytes: number
}

/**
 * - `elided`: stands for lines that the tool left out;
 * - `noNewline`: `\ No newline at end of file`, about the line before it.
 */
export type LineKind = 'context' | 'added' | 'removed' | 'elided' | 'noNewline'

export interface ReportLine {
  readonly kind: LineKind
  /** 1-based number on the old side; null where the line is not there. Of an elided line: that of the first line left out. */
  readonly oldNumber: number | null
  /** 1-based number on the new side; null where the line is not there. Of an elided line: that of the first line left out. */
  readonly newNumber: number | null
  /** Without the leading `+`, `-` or blank and without the line feed. It may hold `\r` and every other control character. */
  readonly text: string
  /** Characters (UTF-16 units) of the line that `text` leaves out because of `maxTextLength`; 0 is usual. */
  readonly textCut: number
  /** Of an elided line: how many lines it stands for; else 0. */
  readonly elidedLines: number
}

/** A page of lines of one hunk. */
export interface LineRange {
  /** First line wanted, from 0 (the header is no line). Default 0. */
  readonly from?: number
  /** How many at most. Default: all. */
  readonly count?: number
  /** Longest `text`, in UTF-16 units; what is behind is counted in `textCut`. Default 65,536. */
  readonly maxTextLength?: number
}

/** See Report.lineText. `text` ends between two characters. */
export interface LinePart {
  readonly text: string
  readonly more: boolean
}

/** How a diff is to be written. */
export interface DiffTextOptions {
  /** Without the white space at its end (what Python's `str.rstrip` takes off). Default: as it is. */
  readonly trimmed?: boolean
  /** Written behind every line feed; at most 4 KB. Default: nothing. */
  readonly linePrefix?: Uint8Array
}

/** Bytes of the report file: the first one and the first one behind. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * An open report. Made by `openReport` (open-report.ts); hold it while you read, then `close()` it. Any number of reads may go on at once.
 *
 * Every read costs in proportion to what it returns, not to the report, takes at most a few milliseconds of the event loop at a time, and
 * throws DamagedReportError where the report or its index turns out to be damaged after all (its `path` says which; a damaged
 * index is removed, so that the next opening makes it again), RangeError for an ordinal that does not exist.
 */
export interface Report {
  /** Of the report file. */
  readonly path: string
  readonly sizeBytes: number
  /** Names the report's content: equal content has an equal `digest` (hexadecimal). Fit for a strong ETag. */
  readonly digest: string
  /** The root object, and in it the values (with their quotes) of its sources. */
  readonly root: { readonly object: ByteRange; readonly source1: ByteRange; readonly source2: ByteRange }
  readonly counts: ReportCounts
  /** Empty where nothing tells of a shortened comparison. The first 100 in document order. */
  readonly incomplete: readonly IncompleteNotice[]
  /** How many there are. */
  readonly incompleteCount: number

  node(ordinal: number): Promise<ReportNode>
  /** In document order from `from`; fewer than `count` at the end of the report. At most 1000 at once. */
  nodes(from: number, count: number): Promise<ReportNode[]>
  /** The nodes directly below, behind the child `after` (its ordinal) if given. At most 1000 at once. */
  children(ordinal: number, page: { readonly after?: number; readonly count: number }): Promise<ReportNode[]>
  /** From the root down to the node itself. */
  ancestry(ordinal: number): Promise<ReportNode[]>
  /**
   * The nodes that a path of names leads to, in document order: each name is `source1` or `source2` of a child, the first one that
   * of a child of the root; `[]` is the root. Several where siblings share a name; at most `limit` (default 100).
   */
  find(path: readonly string[], limit?: number): Promise<ReportNode[]>
  /** Hunks of a node from position `from`, fewer at the end. At most 1000 at once. */
  hunks(ordinal: number, from: number, count: number): Promise<ReportHunk[]>
  /** Lines of a hunk, in batches of about 64 KB of text. Stops reading when the consumer returns. */
  lines(hunk: ReportHunk, range?: LineRange): AsyncGenerator<ReportLine[]>
  /**
   * The first line of a hunk, from line `from` on, that is on this side (context is on both); `hunk.lines` where there is none. Cheap in a run
   * of any length.
   */
  nextLineOn(hunk: ReportHunk, side: 'old' | 'new', from: number): Promise<number>
  /**
   * A part of one line's text, however long the line: at most `length` UTF-16 units from unit `from` on, and whether there is more behind. What
   * lies ahead of it is read through.
   */
  lineText(hunk: ReportHunk, line: number, from: number, length: number): Promise<LinePart>
  /** The whole diff of a node as UTF-8, in chunks of about 64 KB that end anywhere, each only good until the next one is asked for; nothing where the node has none. */
  diff(ordinal: number, text?: DiffTextOptions): AsyncGenerator<Uint8Array>
  /** Reads that are under way fail; may be called again. */
  close(): Promise<void>
}
