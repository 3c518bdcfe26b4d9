/**
 * `npm run codegen` writes:
 * - the schema as `schema.graphql`, and the files about it that clients need as `clients/schema`,
 * - the types and documents of `clients/typescript`,
 * - typed documents and manifests of persisted operations for `examples/operations` and `web/operations`,
 * - the tabs of GraphiQL,
 * - the WebAssembly of the report scanner, and of zstd's decoder,
 * - the page's list of invisible characters,
 * - docs/rules.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { generate } from '@graphql-codegen/cli'
import * as graphql from 'graphql'
import { rulesMarkdown } from './src/diff/summary/rules/rules-markdown.ts'
import { INVISIBLE_CLASS } from './src/invisible-characters.ts'
import { clientFiles } from './src/schema/client-files.ts'
import { schema } from './src/schema/index.ts'
import { schemaFile } from './src/schema/schema-file.ts'

const OPERATIONS = 'examples/operations'

const text = schemaFile(schema, graphql)
await writeFile('schema.graphql', text)

await mkdir('clients/schema', { recursive: true })
for (const [name, content] of Object.entries(clientFiles(schema, graphql)))
  await writeFile(`clients/schema/${name}`, content)

/** Typed documents of operations that match a glob pattern, as syntax trees unless `further` changes that. */
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

/**
 * The types that these clients see: they take any error as a failure of the whole operation, so that fields which
 * are null only with an error are never null.
 */
const strictText = text.replace(
  /^( {2,}\)?.*?): (.+?) @semanticNonNull(\(levels: \[0, 1\]\))?/gm,
  (_, head, type, items) => `${head}: ${items ? type.replace(']', '!]') : type}!`,
)

await generate({
  schema: strictText,
  generates: {
    'examples/generated/': typedDocuments(`${OPERATIONS}/*.graphql`),
    // As text: the page only sends them.
    'web/generated/': typedDocuments('web/operations/*.graphql', { documentMode: 'string' }),
    'clients/typescript/src/generated/': typedDocuments('clients/typescript/operations/*.graphql', {
      documentMode: 'string',
    }),
  },
})

await writeFile(
  'web/generated/invisible-characters.ts',
  `/** See src/invisible-characters.ts. Written by \`npm run codegen\`. */
export const INVISIBLE_CLASS =
  '${INVISIBLE_CLASS.replaceAll('\\', '\\\\')}'
`,
)

const files = (await readdir(OPERATIONS)).filter((name) => name.endsWith('.graphql')).sort()
const tabs = await Promise.all(
  files.map(async (name) => {
    const query = await readFile(`${OPERATIONS}/${name}`, 'utf8')
    return { query: withDefaults(query) }
  }),
)
/**
 * GraphiQL shows tabs without variables. So the variables in an operation's comment, which fit the sample
 * runs, become the operation's default values.
 */
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
  `/** GraphiQL's first tabs: examples/operations, for the sample runs. Written by \`npm run codegen\`. */
export const EXAMPLE_TABS: { query: string }[] = ${JSON.stringify(tabs, null, 2)}
`,
)

await writeFile(
  'src/diff/report/scan/simd-scan.generated.ts',
  execFileSync(process.execPath, ['scripts/assemble-simd-scan.mjs']),
)

await writeFile(
  'src/diff/content/zstd-decoder.generated.ts',
  execFileSync(process.execPath, ['scripts/extract-zstd-decoder.mjs']),
)

await writeFile('docs/rules.md', rulesMarkdown())
