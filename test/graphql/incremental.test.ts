/** Responses in several parts: `@defer` and `@stream`. */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { makeSampleDiffs, SAMPLES, startWithSamples } from './samples.ts'

let service: TestService
beforeAll(async () => {
  service = await startWithSamples()
  await makeSampleDiffs(service)
})
afterAll(() => service?.close())

/** One part of an incremental response. */
interface Part<Data> {
  readonly data: Data
  readonly hasNext: boolean
  readonly incremental?: readonly { readonly items?: readonly unknown[] }[]
}

interface ReportData {
  readonly comparison: { readonly diffoscope?: { readonly nodes: { readonly nodes: readonly unknown[] } } }
}

describe('an incremental response', () => {
  /** Parses the parts of a multipart response. */
  async function parts(query: string): Promise<Part<ReportData>[]> {
    const { headers, text } = await service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed' },
      body: JSON.stringify({ query }),
    })
    expect(headers['content-type']).toMatch(/^multipart\/mixed; boundary="-"/)
    return [...text.matchAll(/\r\n\r\n(\{.*\})\r\n/g)].map(([, part = '']) => JSON.parse(part))
  }

  it('sends the deferred fragment after the rest', async () => {
    const [initial, ...rest] = await parts(
      `{ comparison(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on Comparison { old { runId }
        ... @defer(label: "report") { diffoscope { ... on Diffoscope { stat { nodes } } } } } } }`,
    )
    expect(initial).toMatchObject({ data: { comparison: { old: { runId: SAMPLES.old } } }, hasNext: true })
    expect(initial?.data.comparison.diffoscope).toBeUndefined()
    const deferred = rest.flatMap(({ incremental = [] }) => incremental)
    expect(deferred).toMatchObject([
      {
        label: 'report',
        path: ['comparison'],
        data: { diffoscope: { stat: { nodes: expect.any(Number) } } },
      },
    ])
    expect(rest.at(-1)?.hasNext).toBe(false)
  })

  it('sends the items of a list one by one', async () => {
    const [first, ...rest] = await parts(
      `{ comparison(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on Comparison { diffoscope { ... on Diffoscope {
        nodes(first: 5) { nodes @stream(initialCount: 2) { ordinal } } } } } } }`,
    )
    expect(first?.data.comparison.diffoscope?.nodes.nodes).toEqual([{ ordinal: 1 }, { ordinal: 2 }])
    const items = rest.flatMap(({ incremental = [] }) => incremental).flatMap(({ items = [] }) => items)
    expect(items).toEqual([{ ordinal: 3 }, { ordinal: 4 }, { ordinal: 5 }])
  })

  it('leaves no files open', async () => {
    const before = openFiles()
    for (let i = 0; i < 20; i++)
      await parts(
        `{ comparison(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on Comparison { diffoscope { ... on Diffoscope {
          nodes(first: 5) { nodes @stream(initialCount: 0) { path } } } } } } }`,
      )
    expect(openFiles()).toBeLessThan(before + 10)
  })
})

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}
