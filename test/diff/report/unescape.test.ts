import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonTextError } from '../../../src/diff/report/scan/json-text.ts'
import { unescapeAll } from '../../../src/diff/report/scan/unescape.ts'

/** Valid notations of characters in a JSON string. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z ]{0,40}$/) },
  { weight: 4, arbitrary: fc.constant('\\n') },
  fc.constantFrom('\\t', '\\"', '\\\\', '\\/', '\\r', '\\b', '\\f', '\\u000a', '\\u0000', '\\u0041'),
  fc.constantFrom(
    '\\u00e9',
    '\\u20ac',
    '\\ud83d\\ude00',
    '\\uD83D\\uDE00',
    '\\ud83d',
    '\\ude00',
    '\\ude00\\ud83d',
  ),
  fc.constantFrom('é', '€', '😀', '\u007f'),
)
const json = fc.array(piece, { maxLength: 300 }).map((pieces) => pieces.join(''))
const long = fc.tuple(json, fc.integer({ min: 1, max: 60 })).map(([text, times]) => text.repeat(times))
const prefix = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map((depth) => '│ '.repeat(depth)),
  fc.integer({ min: 0, max: 4096 }).map((length) => '.'.repeat(length)),
)

function expected(text: string, linePrefix: string): string {
  const parsed = JSON.parse(`"${text}"`) as string
  return Buffer.from(parsed.replaceAll('\n', `\n${linePrefix}`)).toString()
}

async function* fragments(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

async function unescaped(text: string, linePrefix: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of unescapeAll(fragments(text), Buffer.from(linePrefix)))
    chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

test('decodes like a JSON parser and inserts a prefix after every line feed', async () => {
  await fc.assert(
    fc.asyncProperty(json, prefix, async (text, linePrefix) => {
      expect(await unescaped(text, linePrefix)).toBe(expected(text, linePrefix))
    }),
    { numRuns: 300 },
  )
})

test('decodes several long strings concurrently', async () => {
  const texts = fc.array(fc.tuple(long, prefix), { minLength: 2, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(texts, async (all) => {
      const [actual, wanted] = [
        await Promise.all(all.map((one) => unescaped(...one))),
        all.map((one) => expected(...one)),
      ]
      // Not compared by `expect`, because it takes long to show how megabytes differ.
      for (const [at, text] of actual.entries()) expect(text === wanted[at]).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('limits chunks to 64 KB, even if the text has only line feeds and the prefix is the longest', async () => {
  const text = '\\n'.repeat(20_000)
  let [lines, largest] = [0, 0]
  for await (const chunk of unescapeAll(fragments(text), Buffer.alloc(4096, '.'))) {
    largest = Math.max(largest, chunk.length)
    for (const byte of chunk) if (byte === 10) lines++
  }
  expect(lines).toBe(20_000)
  expect(largest).toBeLessThanOrEqual(64 * 1024)
})

test.each(['\\', 'text\\', '\\x', '\\u12', '\\u12g4', '\\ud83d\\u', '\\\\\\'])(
  'refuses %j and then decodes other strings',
  async (text) => {
    await expect(unescaped(text, '')).rejects.toThrow(JsonTextError)
    expect(await unescaped('a\\nb', '')).toBe('a\nb')
  },
)

test('refuses a prefix that is too long', async () => {
  await expect(unescaped('a', '.'.repeat(4097))).rejects.toThrow(RangeError)
})
