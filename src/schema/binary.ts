import type { PassedOverFile } from '../artifacts/binary-name.ts'
import type { Binary, Run } from '../model.ts'
import { binaryId, listBinaries, loadBinary } from '../resolvers/binaries.ts'
import { sliceOf } from '../resolvers/list-page.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { checkedSlice, connectionType, pageCost, sliceArguments, UNPAGED } from './page.ts'
import { LISTING_ERRORS, resultType } from './results.ts'
import { RunType } from './run.ts'

const BinaryKind = builder.enumType('BinaryKind', {
  description: 'Kind of a binary package.',
  values: {
    DEB: {
      value: 'deb' as Binary['kind'],
      description: 'An ordinary package (`.deb`), or one with debug symbols (`.ddeb`).',
    },
    UDEB: { value: 'udeb' as Binary['kind'], description: 'A package for the Debian installer (`.udeb`).' },
  },
})

export const BinaryType = builder.objectRef<Binary>('Binary')

builder.node(BinaryType, {
  description: 'A binary package in the artifact store, described by its file name and size.',
  id: { description: 'Global id, for `Query.node`.', resolve: binaryId },
  loadOne: loadBinary,
  fields: (t) => ({
    filename: t.exposeString('filename', {
      description: 'File name: `NAME_VERSION_ARCHITECTURE.deb`, `.udeb` or `.ddeb`.',
    }),
    kind: t.field({
      type: BinaryKind,
      description: 'Kind of package, derived from the file extension.',
      resolve: ({ kind }) => kind,
    }),
    package: t.exposeString('package', { description: 'Name of the package, like `libssl3`.' }),
    version: t.exposeString('version', {
      description: 'Version as in the file name, which usually omits the epoch.',
    }),
    architecture: t.exposeString('architecture', { description: 'Architecture, like `amd64` or `all`.' }),
    size: t.expose('sizeBytes', { type: 'ByteCount', description: 'Size of the file.' }),
    sha256: t.string({
      nullable: true,
      // A store on the local disk reads the whole file.
      complexity: 10,
      description: 'SHA-256 in hexadecimal; null if the artifact store cannot provide it cheaply.',
      resolve: (binary, _, { services, signal }) => services.artifacts.sha256(binary, signal),
    }),
  }),
})

const PassedOverFileType = builder.objectRef<PassedOverFile>('PassedOverFile').implement({
  description: 'A file of a run that is not compared, although its name ends like that of a package.',
  fields: (t) => ({
    filename: t.exposeString('filename', { description: 'File name.' }),
    reason: t.exposeString('reason', { description: 'What is wrong with the name.' }),
  }),
})

const BinaryConnectionType = connectionType('Binary', BinaryType, {
  noun: 'package',
  totalCount: 'Number of packages.',
  isCounted: true,
})

/** The list is an object because members of a union must be objects. */
export const BinaryListType = builder
  .objectRef<{ run: Run; binaries: readonly Binary[] }>('BinaryList')
  .implement({
    description: 'The binary packages of a run, ordered by name.',
    fields: (t) => ({
      binaries: t.field({
        type: BinaryConnectionType,
        ...NULL_IF_FAILED,
        description: 'The packages, ordered by name.',
        complexity: pageCost,
        args: sliceArguments(t.arg),
        resolve: ({ binaries }, args) => sliceOf(binaries, checkedSlice(args)),
      }),
      nodes: t.field({
        type: [BinaryType],
        description: 'All packages.',
        deprecationReason: 'Use `binaries`, which has pages. Removed in version 0.2.',
        complexity: { field: 1, multiplier: UNPAGED },
        resolve: ({ binaries }) => [...binaries],
      }),
      passedOver: t.field({
        type: [PassedOverFileType],
        ...NULL_IF_FAILED,
        description:
          'Files that are not compared, although their names end in `.deb`, `.udeb` or `.ddeb`. A package ' +
          'that seems to be missing may be among them.',
        complexity: { field: 5, multiplier: 1 },
        resolve: ({ run }, _, { services, signal }) => services.artifacts.passedOver(run.id, signal),
      }),
      totalCount: t.int({ description: 'Number of packages.', resolve: ({ binaries }) => binaries.length }),
      totalSize: t.field({
        type: 'ByteCount',
        description: 'Sum of the package sizes.',
        resolve: ({ binaries }) => binaries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      }),
    }),
  })

builder.objectField(RunType, 'binaries', (t) =>
  t.field({
    type: resultType('BinaryListResult', BinaryListType, LISTING_ERRORS, 'The list of packages'),
    ...NULL_IF_FAILED,
    description:
      'Packages of the run in the artifact store. Lists names and sizes only: no package is fetched ' +
      'and no tool runs.',
    complexity: { field: 5, multiplier: 1 },
    resolve: async (run, _, context) => ({ run, binaries: await listBinaries(run, context) }),
  }),
)
