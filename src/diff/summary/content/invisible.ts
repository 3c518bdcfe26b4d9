/** Characters that a reader does not see, or that change the order in which text is shown: Unicode, Default_Ignorable_Code_Point, Bidi_Control, Zs. */

const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Zs}\p{Zl}\p{Zp}\p{Cc}]/gu

/** Their code points, `U+00A0`, each once. An ordinary space, a tab and a line's end are not among them. */
export function invisibleCharacters(text: string): string[] {
  const found = new Set<string>()
  for (const [char] of text.matchAll(INVISIBLE))
    if (!' \t\n\r'.includes(char))
      found.add(`U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
  return [...found]
}
