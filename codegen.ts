/**
 * `npm run codegen`: the schema that the code makes → schema.graphql; for the operations in examples/operations and web/operations typed documents and
 * their manifests for persisted-only services; the tabs of GraphiQL.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { generate } from '@graphql-codegen/cli'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from './src/schema/index.ts'

const OPERATIONS = 'examples/operations'

const text = `${printSchema(lexicographicSortSchema(schema))}\n`
await writeFile('schema.graphql', text)

/** Typed documents for the operations of a folder: syntax trees, which most clients take. @param further configuration of the preset */
function typedDocuments(documents: string, further: { documentMode?: 'string' } = {}) {
  return {
    documents,
    preset: 'client' as const,
    config: {
      useTypeImports: true,
      importExtension: '.ts',
      enumsAsTypes: true,
      ...further,
      scalars: { DateTime: 'string', ByteCount: 'number' },
    },
    presetConfig: {
      fragmentMasking: false,
      persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' },
    },
  }
}

await generate({
  schema: text,
  generates: {
    'examples/generated/': typedDocuments(`${OPERATIONS}/*.graphql`),
    // As text: the page sends them and does nothing else with them.
    'web/generated/': typedDocuments('web/operations/*.graphql', { documentMode: 'string' }),
  },
})

const files = (await readdir(OPERATIONS)).filter((name) => name.endsWith('.graphql')).sort()
const tabs = await Promise.all(
  files.map(async (name) => {
    const query = await readFile(`${OPERATIONS}/${name}`, 'utf8')
    return { query: withDefaults(query) }
  }),
)
/** GraphiQL shows tabs without variables; so those that an operation's comment names, which fit the sample runs, become their defaults. */
function withDefaults(query: string): string {
  const [line = '', variables = '{}'] = /^# Variables: (\{.*\})\n/m.exec(query) ?? []
  return Object.entries(JSON.parse(variables) as Record<string, unknown>).reduce(
    (text, [name, value]) => {
      const isEnum = name === 'mode'
      return text.replace(
        new RegExp(`(\\$${name}: [\\w![\\]]+)( = \\w+)?`),
        `$1 = ${isEnum ? value : JSON.stringify(value)}`,
      )
    },
    query.replace(line, ''),
  )
}

await writeFile(
  'src/graphql/example-operations.ts',
  `/** What GraphiQL shows first: examples/operations, which work on the sample runs. Written by \`npm run codegen\`. */
export const EXAMPLE_TABS: { query: string }[] = ${JSON.stringify(tabs, null, 2)}
`,
)
