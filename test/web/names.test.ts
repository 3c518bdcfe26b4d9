/** How the page names what diffoscope names by a command line. */
import { describe, expect, it } from 'vitest'
import { badgeOf, cutInMiddle, shortName } from '../../web/report/names.ts'

describe('A name', () => {
  it.each([
    [
      'objdump --line-numbers --disassemble --demangle --reloc --no-show-raw-insn --section=.text {}',
      'code of .text',
    ],
    ['readelf --wide --decompress --symbols {}', 'symbols'],
    ['readelf --wide --decompress --hex-dump=.gnu_debuglink {}', 'bytes of .gnu_debuglink'],
    ['readelf --wide --decompress --string-dump=.rodata {}', 'strings of .rodata'],
    ['strings --all --bytes=8 {}', 'strings'],
    ['attributes of usr/bin/tea', 'attributes'],
    ['usr/share/strings of pearls', 'usr/share/strings of pearls'],
    ['strings of pearls', 'strings of pearls'],
    ['./usr/bin/tea', './usr/bin/tea'],
    ['objdump --unknown {}', 'objdump --unknown {}'],
  ])('is said as people say it: %s', (source, name) => {
    expect(shortName(source)).toBe(name)
  })

  it.each([
    ['./usr/libexec/sudo/sudoers.so', ['./usr/libexec/sud', 'o/sudoers.so']],
    ['short', ['', 'short']],
    ['evil\u202e', ['', 'evil⟨U+202E⟩']],
  ])('keeps its end where it is cut: %j', (source, parts) => {
    const [start, end] = cutInMiddle(source)
    expect(start + end).toBe(parts.join(''))
    expect(end.length).toBeLessThanOrEqual(14)
    expect(end.endsWith((parts[1] as string).slice(-8))).toBe(true)
  })

  it('is never cut within a character', () => {
    const [start, end] = cutInMiddle(`${'x'.repeat(10)}😀${'y'.repeat(13)}`)
    expect([start, end]).toEqual(['x'.repeat(10), `😀${'y'.repeat(13)}`])
  })
})

describe('A badge', () => {
  it.each([
    ['a', 'b', ['Only in the new package'], 'added'],
    ['a', 'a', ['Package is only in the old run'], 'removed'],
    ['/dev/null', 'a', [], 'added'],
    ['a', '/dev/null', [], 'removed'],
    ['a', 'b', ['Files differ'], null],
  ] as const)('says of %s → %s, %j: %s', (source1, source2, comments, badge) => {
    expect(badgeOf({ source1, source2, comments })).toBe(badge)
  })
})
