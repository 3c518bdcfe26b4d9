import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  type Places,
  startService,
  type TestService,
} from '../fixtures/service.ts'

/** A job, or an error, as `JOB` selects it. */
export interface JobState {
  readonly __typename: string
  readonly status: string
  readonly progress: number
}

export const JOB = '__typename ... on PrecacheJob { jobId status progress step } ... on Error { message }'
export const FIND_JOB = `query ($jobId: String!) { precacheJob(jobId: $jobId) { ${JOB} } }`

/** A service whose tools wait at a gate. Each test begins with a new pair of runs and a closed gate. */
export class GatedService {
  places!: Places
  gate!: Gate
  service!: TestService
  pair!: { old: string; new: string }
  #pairs = 0

  /** Registers the hooks of Vitest that start and stop the service. */
  constructor(env: Record<string, string> = {}) {
    beforeAll(async () => {
      this.places = await makePlaces()
      this.gate = await makeGate(join(this.places.root, 'gate'))
      this.service = await startService({ places: this.places, env: { ...this.gate.env, ...env } })
    })
    beforeEach(async () => {
      await this.addPair()
      await this.gate.close()
    })
    // Jobs of this test must not delay those of the next one.
    afterEach(async () => {
      await this.gate.open()
      await eventually(async () => {
        const { text } = await this.service.ask('/metrics')
        for (const state of ['queued', 'running'])
          expect(text).toMatch(new RegExp(`^differ_queue_jobs\\{[^}]*${state}[^}]*\\} 0$`, 'm'))
      })
    })
    afterAll(async () => {
      await this.service?.close()
      await removeTree(this.places.root)
    })
  }

  /** Replaces the pair by a new one. */
  async addPair(): Promise<void> {
    this.pair = await addPair(this.service, `watched-${this.#pairs++}`)
  }

  /** Queues a job for the pair, which will wait at the gate, and returns its id. */
  async queueJob(): Promise<string> {
    const { data } = await this.service.graphql(
      `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
      this.pair,
    )
    expect(data.precache.__typename).toBe('PrecacheJob')
    return data.precache.jobId
  }
}
