/**
 * The contract of an indexed diffoscope report. Formats, the filter and GraphQL read reports only through it.
 *
 * A report is a tree of nodes. A node's ordinal is its position in document order, where a parent comes
 * before its children: the root is 0, and the nodes below `n` are `n + 1` to `n.end - 1`. Siblings may have
 * the same name; ordinals are unique and stay the same as long as the report does. A node may have a unified
 * diff, which consists of hunks, which consist of lines. No function here returns a whole report or a whole
 * diff.
 *
 * Text is what the tool wrote, decoded from JSON. It is hostile (control characters, bidirectional
 * formatting, markup, lone surrogates), so escape it. Node.js writes a lone surrogate as U+FFFD in UTF-8.
 *
 * Fields ending in `Bytes` are byte offsets or sizes in the report file, where text is JSON-escaped.
 */

/**
 * Counts of a whole report, or of one node and all nodes below it. Lines are counted as they occur, whatever
 * the hunk headers say.
 */
export interface ReportCounts {
  /** Includes the root or the node itself. */
  readonly nodes: number
  readonly hunks: number
  readonly addedLines: number
  readonly removedLines: number
}

/**
 * Why a part of the report is incomplete:
 * - `NOT_COMPARED`: the tool failed at this package, so nothing of its contents is compared;
 * - `TIMEOUT`: the tool's own time limit stopped it;
 * - `TOOL_MISSING`: a comparator's program or module (`tool`) is not installed, so a simpler comparison was
 *   made;
 * - `EXTRACTION_FAILED`: a container could not be opened;
 * - `COMMAND_FAILED`: a comparator's program failed;
 * - `COMMAND_WARNED`: a comparator's program printed errors or warnings, so its output may be incomplete;
 * - `PARSING_FAILED`: the tool does not understand a file, or what a program printed about it;
 * - `DEPTH_LIMIT`: a container was nested too deeply to be opened;
 * - `INPUT_CUT`: only the beginnings of the inputs of a diff were compared;
 * - `BLOCK_CUT`: the diff omits lines, and says where.
 */
export type IncompleteKind =
  | 'NOT_COMPARED'
  | 'TIMEOUT'
  | 'TOOL_MISSING'
  | 'EXTRACTION_FAILED'
  | 'COMMAND_FAILED'
  | 'COMMAND_WARNED'
  | 'PARSING_FAILED'
  | 'DEPTH_LIMIT'
  | 'INPUT_CUT'
  | 'BLOCK_CUT'

export interface IncompleteNotice {
  readonly kind: IncompleteKind
  /** Ordinal of the node that has the comment or the diff. */
  readonly node: number
  /** The program that is missing or failed; null if the report does not name it. */
  readonly tool: string | null
  /**
   * The tool's comment, at most 300 characters; null for `BLOCK_CUT` and `INPUT_CUT`, which the diff shows.
   */
  readonly comment: string | null
}

/** Facts about a node's diff. */
export interface DiffSummary {
  readonly hunks: number
  readonly addedLines: number
  readonly removedLines: number
  /** Length of the JSON string, without its quotes. */
  readonly sizeBytes: number
  /**
   * Longest run of backticks at the beginning of a line, after at most three spaces. A Markdown fence around
   * the diff must be longer.
   */
  readonly longestFence: number
}

export interface ReportNode {
  readonly ordinal: number
  /** Ordinal of the parent; null for the root. */
  readonly parent: number | null
  /** 0 for the root. At most 500. */
  readonly depth: number
  /** Ordinal of the first node after this subtree: `end - ordinal` is the number of nodes in the subtree. */
  readonly end: number
  /** Number of nodes directly below. */
  readonly children: number
  /** Position among its siblings, from 0. */
  readonly position: number
  readonly source1: string
  readonly source2: string
  readonly comments: readonly string[]
  /** The tool's hint that the lines contain line numbers or addresses (hexdump). */
  readonly hasInternalLineNumbers: boolean
  /** Null if there is no diff (`"unified_diff": null`). An empty string is a diff without hunks. */
  readonly diff: DiffSummary | null
  /** Counts of this node and all nodes below it. */
  readonly subtree: ReportCounts
}

/** `parent`, `depth` and `end` as in `ReportNode`. */
export interface NodeOutline extends Pick<ReportNode, 'parent' | 'depth' | 'end'> {
  /** Of the name on the new side, in the report file. */
  readonly newNameBytes: number
  /** Of both names and the comments, in the report file. */
  readonly textBytes: number
}

export interface ReportHunk {
  /** Ordinal of the node. */
  readonly node: number
  /** Position among the node's hunks, from 0. */
  readonly position: number
  /** The header line, at most 200 characters; null for lines before the first header. */
  readonly header: string | null
  /**
   * The header's numbers: the first line (from 1; 0 for an empty side) and the number of lines. The hunk may
   * have fewer lines than that.
   */
  readonly oldStart: number
  readonly oldCount: number
  readonly newStart: number
  readonly newCount: number
  /** Lines of every kind that the hunk has, without the header. */
  readonly lines: number
  readonly addedLines: number
  readonly removedLines: number
  /** Whether the tool omitted lines here (`[ 4900 lines removed ]`): there are lines of kind `elided`. */
  readonly cut: boolean
  /** Offset in the report file and length of the hunk, header included. */
  readonly startBytes: number
  readonly sizeBytes: number
}

/**
 * - `elided`: stands for lines that the tool omitted;
 * - `noNewline`: `\ No newline at end of file`, which refers to the line before it.
 */
export type LineKind = 'context' | 'added' | 'removed' | 'elided' | 'noNewline'

export interface ReportLine {
  readonly kind: LineKind
  /**
   * Line number on the old side, from 1; null if the line is not on it. Of an elided line: the first omitted
   * one.
   */
  readonly oldNumber: number | null
  /**
   * Line number on the new side, from 1; null if the line is not on it. Of an elided line: the first omitted
   * one.
   */
  readonly newNumber: number | null
  /**
   * Without the leading `+`, `-` or space and without the line feed. May contain any other control character.
   */
  readonly text: string
  /** UTF-16 units at the end of the line that `text` omits because of `maxTextLength`; usually 0. */
  readonly textCut: number
  /** Number of lines that an elided line stands for; 0 for every other kind. */
  readonly elidedLines: number
}

/** A page of lines of one hunk. */
export interface LineRange {
  /** Position of the first line, from 0; the header does not count. Default 0. */
  readonly from?: number
  /** Largest number of lines. Default: all. */
  readonly count?: number
  /** Longest `text` in UTF-16 units; `textCut` counts the rest. Default 65,536. */
  readonly maxTextLength?: number
}

/** See `Report.lineText`. `text` ends between two characters. */
export interface LinePart {
  readonly text: string
  readonly more: boolean
}

/** Options of `Report.diff`. */
export interface DiffTextOptions {
  /** Omits the white space at the end, as Python's `str.rstrip` does. Default: false. */
  readonly trimmed?: boolean
  /** Inserted after every line feed; at most 4 KB. Default: nothing. */
  readonly linePrefix?: Uint8Array
}

/** Bytes of the report file: offset of the first one, and of the first one after the range. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A part of a diff as UTF-8, in which lone surrogates are U+FFFD, and the bytes of the file that it stands for. */
export interface DiffWindow extends ByteRange {
  readonly text: Buffer
}

/** The beginning of a line of a diff, from which reading costs nothing but what is read. */
export interface DiffPlace {
  /** Position of the hunk in its node, and of the line in the hunk, from 0. */
  readonly hunk: number
  readonly line: number
  /** In the report file. Of the first line of a hunk: where the hunk's header begins. */
  readonly offset: number
}

/** The places of one diff: one at the beginning of each hunk, and about every 64 KB within a long one. */
export interface DiffPlaces {
  /** The last place at or before a byte of the diff; the first of all if the byte is before it. */
  before(offset: number): Promise<DiffPlace>
  /** The first place at or after a byte; null if there is none. */
  after(offset: number): Promise<DiffPlace | null>
  /** The first place at or after a line; null if there is none. */
  from(hunk: number, line: number): Promise<DiffPlace | null>
}

/**
 * An open report, made by `openReport` (open-report.ts). Close it after reading. It allows concurrent reads.
 *
 * The cost of a read is proportional to its result, not to the report, and a read blocks the event loop for a
 * few milliseconds at most. Every read throws DamagedReportError if the report or its index turns out to be
 * damaged (its `path` says which; a damaged index is deleted, so that the next `openReport` rebuilds it), and
 * RangeError for an ordinal that does not exist.
 */
export interface Report {
  /** Path and size of the report file. */
  readonly path: string
  readonly sizeBytes: number
  /** Hexadecimal hash of the content: equal reports have equal digests. Suitable for a strong ETag. */
  readonly digest: string
  /** Where the root object is, and within it the values of its sources with their quotes. */
  readonly root: { readonly object: ByteRange; readonly source1: ByteRange; readonly source2: ByteRange }
  readonly counts: ReportCounts
  /** The first 100 signs of an incomplete comparison, in document order; empty for a complete one. */
  readonly incomplete: readonly IncompleteNotice[]
  /** Number of all such signs. */
  readonly incompleteCount: number

  node(ordinal: number): Promise<ReportNode>
  /** What the index knows of a node without its texts. */
  outline(ordinal: number): Promise<NodeOutline>
  /** `ReportNode.source2`, without reading the other texts. */
  newName(ordinal: number): Promise<string>
  /**
   * Nodes in document order from `from` on; fewer than `count` at the end of the report. At most 1000 at
   * once.
   */
  nodes(from: number, count: number): Promise<ReportNode[]>
  /** Nodes directly below, after the child with the ordinal `after` if given. At most 1000 at once. */
  children(ordinal: number, page: { readonly after?: number; readonly count: number }): Promise<ReportNode[]>
  /** The path from the root to the node, both included. */
  ancestry(ordinal: number): Promise<ReportNode[]>
  /**
   * The nodes that a path of names leads to, in document order. A name matches `source1` or `source2`; the
   * first name is that of a child of the root, and `[]` is the root. Siblings with the same name give several
   * nodes, at most `limit` (default 100).
   */
  find(path: readonly string[], limit?: number): Promise<ReportNode[]>
  /** Hunks of a node from position `from` on; fewer than `count` at the end. At most 1000 at once. */
  hunks(ordinal: number, from: number, count: number): Promise<ReportHunk[]>
  /** Lines of a hunk, in batches of about 64 KB of text. Stops reading when the consumer returns. */
  lines(hunk: ReportHunk, range?: LineRange): AsyncGenerator<ReportLine[]>
  /** Estimates the bytes of `lines(hunk, range)`, without reading them. */
  sizeOfLines(hunk: ReportHunk, range: Required<LineRange>): Promise<number>
  /**
   * Position of the first line from `from` on that is on a side (context is on both); `hunk.lines` if there
   * is none. Its cost does not depend on how many lines it skips.
   */
  nextLineOn(hunk: ReportHunk, side: 'old' | 'new', from: number): Promise<number>
  /**
   * A part of a line's text: at most `length` UTF-16 units from unit `from` on, and whether more follows.
   * Works for lines of any length, but reads what comes before the part.
   */
  lineText(hunk: ReportHunk, line: number, from: number, length: number): Promise<LinePart>
  /**
   * The whole diff of a node as UTF-8, nothing if it has none. Chunks have about 64 KB and may end within a
   * character. A chunk is valid only until the next one is requested.
   */
  diff(ordinal: number, options?: DiffTextOptions): AsyncGenerator<Uint8Array>
  /** Null if the node has no hunks. */
  places(ordinal: number): Promise<DiffPlaces | null>
  /**
   * The diff of a node from a place on, to look for text in it. The text of a window is valid only until the
   * next one is requested.
   * @param from offset of a place of this diff
   */
  windows(ordinal: number, from: number): AsyncGenerator<DiffWindow>
  /** Pending reads fail. Further calls do nothing. */
  close(): Promise<void>
}
