/** `npm run codegen`: the schema that the code makes → schema.graphql, and typed documents for the operations in examples/operations. */
import { writeFile } from 'node:fs/promises'
import { generate } from '@graphql-codegen/cli'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from './src/schema/index.ts'

const text = `${printSchema(lexicographicSortSchema(schema))}\n`
await writeFile('schema.graphql', text)

await generate({
  schema: text,
  documents: 'examples/operations/*.graphql',
  generates: {
    'examples/generated/': {
      preset: 'client',
      config: {
        useTypeImports: true,
        importExtension: '.ts',
        enumsAsTypes: true,
        scalars: { DateTime: 'string', ByteCount: 'number' },
      },
      presetConfig: { fragmentMasking: false },
    },
  },
})
