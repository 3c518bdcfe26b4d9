/**
 * A user goes through the service with each of the usual clients, whose caches are right at each step: lists, not
 * ready diffs, mutations, subscriptions, deferred parts, errors. One service for all saves most of the time; loading the
 * three libraries and compiling for Relay takes the rest, some seconds of processor time.
 */
import { afterAll, beforeAll } from 'vitest'
import { describeApollo } from './apollo-steps.ts'
import { describeRelay } from './relay-steps.ts'
import { describeUrql } from './urql-steps.ts'
import { openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

describeApollo(() => world)
describeUrql(() => world)
describeRelay(() => world)
