/** Tells which parts of a diff need not be read line by line. */
export interface DiffFilter {
  /**
   * Whether a line of which this window has at least one byte, or the line feed, may match. Never false where
   * one does.
   * @param window the next part of the diff in UTF-8, with U+FFFD for lone surrogates; not cut within a character
   */
  mayMatch(window: Buffer): boolean
  /** Whether the last line may match, if no line feed ends it. */
  mayMatchAtEnd(): boolean
}
