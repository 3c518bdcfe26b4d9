/** Mutates real inputs. The same seed makes the same changes. */

/** A pseudo-random generator of numbers from 0 to 1 (mulberry32). One seed reproduces all of its numbers. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const WORDS = [
  '\0',
  '\n',
  '\r\n',
  '"',
  '\\',
  '\\u',
  '\\ud800',
  '\\u0000',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  '-1',
  '1e999',
  '99999999999999999999',
  '@@ -1,2 +3,4 @@\n',
  '@@',
  '+',
  '-',
  ' ',
  '[-',
  '-]',
  '{+',
  '+}',
  '\xff\xfe',
  '\xe2\x80\xae',
  '\x1b[31m',
  '/',
  '..',
  '*',
  ';q=',
  ';q=0.001',
  'text/',
  '<script>',
  '-'.repeat(80),
]

/**
 * Makes one to eight changes: flips a bit, inserts a word, removes bytes, inserts a piece of this or another
 * input, repeats a piece, or cuts off the end.
 * @returns at most 1 MiB
 */
export function mutate(input: Buffer, seed: number, others: readonly Buffer[]): Buffer {
  const random = randomFrom(seed)
  const below = (count: number) => Math.floor(random() * count)
  let bytes = Buffer.from(input)
  const piece = (of: Buffer) => {
    const from = below(of.length + 1)
    return of.subarray(from, from + below(Math.min(64, of.length - from) + 1))
  }
  const inserted = (part: Buffer, at = below(bytes.length + 1)) =>
    Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)])
  for (let changes = 1 + below(8); changes > 0; changes--) {
    const at = below(bytes.length + 1)
    switch (below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
        break
      case 1:
        bytes = inserted(Buffer.from(WORDS[below(WORDS.length)] ?? '', 'latin1'))
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(32))])
        break
      case 3:
        bytes = inserted(piece(bytes))
        break
      case 4:
        bytes = inserted(piece(others[below(others.length)] ?? bytes))
        break
      case 5:
        bytes = inserted(
          Buffer.concat(Array.from({ length: below(40) }, () => piece(bytes.subarray(at, at + 8)))),
        )
        break
      default:
        if (random() < 0.3) bytes = bytes.subarray(0, at)
    }
  }
  return Buffer.from(bytes.subarray(0, 1 << 20))
}
