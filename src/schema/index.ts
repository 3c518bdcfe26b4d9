/** The whole schema. Each import defines types on the builder. */
import type { GraphQLSchema } from 'graphql'
import { builder } from './builder.ts'
import './scalars.ts'
import './errors.ts'
import './run.ts'
import './binary.ts'
import './diff.ts'
import './diff-stat.ts'
import './diff-node.ts'
import './debdiff.ts'
import './diffoscope.ts'
import './comparison.ts'
import './precache-job.ts'
import './precache-batch.ts'
import './precache.ts'
import './job-mutations.ts'
import './make-diffs.ts'
import './run-values.ts'
import './service-info.ts'
import './query.ts'
import './campaign.ts'

export const schema: GraphQLSchema = builder.toSchema()
// The builder has no option for it.
schema.description =
  'Differences between builds of Debian packages: what changed between two runs of a build farm, and whether it ' +
  'matters. Lists are connections as Relay specifies them. A field that can fail in an expected way returns a union ' +
  'with types that implement `Error`; a connection that fails is null, with a `code` in the `extensions` of its error.'
