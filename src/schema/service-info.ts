import type { DiffKind } from '../model.ts'
import type { ServiceFacts } from '../resolvers/context.ts'
import { VERSION } from '../version.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { UNPAGED } from './page.ts'
import { DiffCommandType } from './tool-errors.ts'

const ToolType = builder.objectRef<{ kind: DiffKind; version: string | null }>('Tool').implement({
  description: 'A tool that is installed.',
  fields: (t) => ({
    command: t.field({ type: DiffCommandType, description: 'Which tool.', resolve: ({ kind }) => kind }),
    version: t.exposeString('version', {
      nullable: true,
      description: 'Its version as it prints it; null if it printed none.',
    }),
  }),
})

const QueueKindType = builder.enumType('QueueKind', {
  description: 'Where jobs are kept.',
  values: {
    IN_PROCESS: { description: 'In the memory of the service: jobs are lost when it stops.' },
    REDIS: { description: 'On Redis, shared by all machines.' },
  },
})

const LimitsType = builder.objectRef<ServiceFacts['limits']>('ServiceLimits').implement({
  description: 'Limits of one operation. An operation that exceeds one is refused.',
  fields: (t) => ({
    cost: t.exposeInt('cost', {
      description: 'Cost: fields of the response; expensive fields count as several.',
    }),
    depth: t.exposeInt('depth', { description: 'Levels of fields.' }),
    fields: t.exposeInt('fields', { description: 'Fields in the document.' }),
    bytes: t.expose('bytes', { type: 'ByteCount', description: 'Bytes that it may read and return.' }),
    timeoutMs: t.exposeInt('timeoutMs', {
      description: 'Time until the first part of the response, in milliseconds.',
    }),
  }),
})

const ServiceInfoType = builder.objectRef<ServiceFacts>('ServiceInfo').implement({
  description: 'What a client can know about this service.',
  fields: (t) => ({
    version: t.string({ description: 'Version of Differ.', resolve: () => VERSION }),
    tools: t.field({
      type: [ToolType],
      ...NULL_IF_FAILED,
      description: 'The tools and their versions.',
      // The first answer starts the tools.
      complexity: { field: 20, multiplier: UNPAGED },
      resolve: async ({ tools }, _, { signal }) => [...(await tools(signal))],
    }),
    tokenRequired: t.exposeBoolean('tokenRequired', {
      description: 'Whether operations that start or stop work need a token.',
    }),
    authorized: t.boolean({
      description: 'Whether this request may start or stop work: it has the token, or none is needed.',
      resolve: (_facts, _, { authorized }) => authorized,
    }),
    queue: t.field({
      type: QueueKindType,
      description: 'Where jobs are kept.',
      resolve: ({ queue }) => queue,
    }),
    limits: t.expose('limits', { type: LimitsType, description: 'Limits of one operation.' }),
  }),
})

builder.queryField('service', (t) =>
  t.field({
    type: ServiceInfoType,
    ...NULL_IF_FAILED,
    description: 'Version, tools and limits of this service.',
    resolve: (_, _args, { services }) => services.facts,
  }),
)
