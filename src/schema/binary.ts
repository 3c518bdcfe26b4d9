import type { Binary, Run } from '../model.ts'
import { binaryId, listBinaries, loadBinary } from '../resolvers/binaries.ts'
import { builder } from './builder.ts'
import { LISTING_ERRORS } from './errors.ts'
import { UNPAGED } from './page.ts'
import { RunType } from './run.ts'

const BinaryKind = builder.enumType('BinaryKind', {
  description: 'Kinds of binary packages.',
  values: {
    DEB: { value: 'deb' as Binary['kind'], description: 'An ordinary package.' },
    UDEB: { value: 'udeb' as Binary['kind'], description: 'A package for the Debian installer.' },
  },
})

export const BinaryType = builder.objectRef<Binary>('Binary')

builder.node(BinaryType, {
  description: 'A binary package in the artifact store, as its name and size tell.',
  id: { description: 'Global id, for `node`.', resolve: binaryId },
  loadOne: loadBinary,
  fields: (t) => ({
    filename: t.exposeString('filename', { description: '`NAME_VERSION_ARCHITECTURE.deb` or `.udeb`.' }),
    kind: t.field({
      type: BinaryKind,
      description: 'By the ending of its name.',
      resolve: ({ kind }) => kind,
    }),
    package: t.exposeString('package', { description: 'Name of the package: `libssl3`.' }),
    version: t.exposeString('version', {
      description: 'As in the file name, where an epoch is usually left out.',
    }),
    architecture: t.exposeString('architecture', { description: '`amd64`, `all` …' }),
    size: t.expose('sizeBytes', { type: 'ByteCount', description: 'Size of the file.' }),
    sha256: t.string({
      nullable: true,
      // A file on the disk is read for it.
      complexity: 10,
      description: 'In hexadecimal; null where the store does not tell it cheaply.',
      resolve: (binary, _, { services, signal }) => services.artifacts.sha256(binary, signal),
    }),
  }),
})

/** A list is an object, so that it can be a member of a union with its errors. */
export const BinaryListType = builder
  .objectRef<{ run: Run; binaries: readonly Binary[] }>('BinaryList')
  .implement({
    description: "A run's binary packages, in name order.",
    fields: (t) => ({
      nodes: t.field({
        type: [BinaryType],
        description: 'All of them.',
        complexity: { field: 1, multiplier: UNPAGED },
        resolve: ({ binaries }) => [...binaries],
      }),
      totalCount: t.int({ description: 'How many.', resolve: ({ binaries }) => binaries.length }),
      totalSize: t.field({
        type: 'ByteCount',
        description: 'Their sizes added up.',
        resolve: ({ binaries }) => binaries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      }),
    }),
  })

builder.objectField(RunType, 'binaries', (t) =>
  t.field({
    type: BinaryListType,
    description: 'Its packages in the artifact store: names and sizes; no tool runs and nothing is fetched.',
    complexity: { field: 5, multiplier: 1 },
    errors: { types: LISTING_ERRORS },
    resolve: async (run, _, context) => ({ run, binaries: await listBinaries(run, context) }),
  }),
)
