/** The loaders and open reports of an operation. */
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import type { OpenedReport } from '../../src/diff/rendering/render-report.ts'
import type { StoredDiffoscope } from '../../src/diff/stored/stored-diffoscope.ts'
import type { Services } from '../../src/resolvers/context.ts'
import { OperationResources } from '../../src/resolvers/resources.ts'
import { schema } from '../../src/schema/index.ts'

// The copy that the schema builder uses. Vitest would import another one, which refuses the schema.
const { graphql } = createRequire(import.meta.url)('graphql') as typeof import('graphql')

/** Services whose runs change between two look-ups. */
function changingServices(): Services {
  let lookups = 0
  const recentRuns = {
    byIds: async (ids: readonly string[]) => {
      lookups++
      return ids.map((id) => ({ id: `${id} ${lookups}` }))
    },
  }
  return { recentRuns } as unknown as Services
}

/** A stored diff whose reports only know whether they are closed. */
function storedDiff(): { stored: StoredDiffoscope; open: () => number } {
  let opened = 0
  const stored = {
    entry: { path: '/cache/diffoscope/a_b.json' },
    digest: 'digest',
    open: async () => {
      opened++
      return { close: async () => opened-- } as unknown as OpenedReport
    },
  } as unknown as StoredDiffoscope
  return { stored, open: () => opened }
}

const signal = new AbortController().signal

describe('the resources of an operation', () => {
  it('load each key once until they are renewed', async () => {
    const resources = new OperationResources(changingServices(), signal)
    const load = () => resources.loaders.run.load('run')
    expect(await load()).toEqual({ id: 'run 1' })
    expect(await load()).toEqual({ id: 'run 1' })
    resources.renew()
    expect(await load()).toEqual({ id: 'run 2' })
  })

  it('open each report once, and close all reports, also those opened before they were renewed', async () => {
    const resources = new OperationResources(changingServices(), signal)
    const { stored, open } = storedDiff()
    const view = { stored, hide: undefined }
    await Promise.all([resources.reports.of(view), resources.reports.of(view)])
    expect(open()).toBe(1)
    resources.renew()
    await resources.reports.of(view)
    expect(open()).toBe(2)
    await resources.close()
    expect(open()).toBe(0)
  })

  it('close at once a report that is opened after they were closed', async () => {
    const resources = new OperationResources(changingServices(), signal)
    const { stored, open } = storedDiff()
    await resources.close()
    await resources.reports.of({ stored, hide: undefined })
    await expect.poll(open).toBe(0)
  })
})

describe('renewing the resources', () => {
  it.each([
    [
      'each field of a mutation',
      'mutation { a: precache(old: "a", new: "b") { __typename } b: precache(old: "a", new: "b") { __typename } }',
      2,
    ],
    [
      'no field of a query',
      '{ a: precacheJob(jobId: "a") { __typename } b: precacheJob(jobId: "b") { __typename } }',
      0,
    ],
  ])('happens for %s', async (_, source, expected) => {
    let renewals = 0
    const contextValue = {
      services: { precacheService: { enqueuePair: async () => ({}) }, queue: { get: async () => null } },
      resources: { renew: () => renewals++ },
      bytes: { charge: () => {} },
      foreignOrigin: null,
      authorized: true,
      readOnly: false,
      limits: { depth: 10, fields: 10, cost: 10 },
    }
    expect((await graphql({ schema, source, contextValue })).errors).toBeUndefined()
    expect(renewals).toBe(expected)
  })
})
