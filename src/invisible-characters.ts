/**
 * Characters that a reader does not see, or that change the order or the look of others: the one list for
 * renderings, findings, the terminal and the page, which gets a copy by `npm run codegen`.
 */

/**
 * For use inside the brackets of a regular expression with the flag `u`. From Unicode's properties: controls
 * (Cc), formats (Cf), lone surrogates (Cs), line and paragraph separators, all spaces, characters that may be
 * ignored when shown (joiners, fillers, variation selectors, tags), and those that set the direction of text.
 * The blank Braille pattern has none of these properties. Space, tab and line feed are included: callers treat
 * them separately.
 */
export const INVISIBLE_CLASS =
  '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Zs}\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\u2800'

/** Matches one character, except space, tab and line feed. */
export function invisiblePattern(): RegExp {
  return new RegExp(`(?![ \\t\\n])[${INVISIBLE_CLASS}]`, 'gu')
}
