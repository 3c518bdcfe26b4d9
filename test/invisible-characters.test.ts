import { describe, expect, it } from 'vitest'
import { printable } from '../src/commands/printable.ts'
import { escapeHtml } from '../src/diff/rendering/escape.ts'
import { invisibleCharacters } from '../src/diff/summary/content/invisible.ts'
import { INVISIBLE_CLASS, invisiblePattern } from '../src/invisible-characters.ts'
import { INVISIBLE_CLASS as OF_THE_PAGE } from '../web/generated/invisible-characters.ts'
import { visible as shownOnThePage } from '../web/ui/format.ts'

/** One of each kind, by code point. */
const EXAMPLES =
  '0 8 B 1B 7F 85 A0 AD 34F 61C 115F 1160 17B4 180B 180E 1680 2000 2003 200B 200C 200D 200E 2028 2029 202E 202F 205F 2060 2064 2066 206A 2800 3000 3164 FE00 FE0F FEFF FFA0 FFF0 FFF9 1BCA0 1D173 D800 E0001 E0041 E0100'.split(
    ' ',
  )
const VISIBLE = ['a', 'é', '漢', '😀', '́', '·', '\ufffd']

describe('characters that cannot be seen', () => {
  it.each(EXAMPLES)('are spelled out everywhere: U+%s', (code) => {
    const char = String.fromCodePoint(Number.parseInt(code, 16))
    for (const show of [escapeHtml, printable, shownOnThePage])
      expect([show.name, show(`a${char}b`).includes(char)]).toEqual([show.name, false])
    if (code !== 'D800') expect(invisibleCharacters(`a${char}b`)).toEqual([`U+${code.padStart(4, '0')}`])
  })

  it.each(VISIBLE)('do not include %j', (char) => {
    for (const show of [escapeHtml, printable, shownOnThePage]) expect(show(`a${char}b`)).toBe(`a${char}b`)
    expect(invisibleCharacters(char)).toEqual([])
  })

  it('are the same for the service and the page', () => {
    expect(OF_THE_PAGE).toBe(INVISIBLE_CLASS)
  })

  it('are all that Unicode lets a reader ignore, that set a direction, or that are blank', () => {
    const property = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Zs}]/u
    const missed: number[] = []
    const pattern = invisiblePattern()
    for (let code = 0; code < 0x110000; code += 1) {
      const char = String.fromCodePoint(code)
      pattern.lastIndex = 0
      if (char !== ' ' && property.test(char) && !pattern.test(char)) missed.push(code)
    }
    expect(missed).toEqual([])
  })
})
