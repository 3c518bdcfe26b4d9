/** A project for relay-compiler: the operations of the tests with Relay, and all lists and objects of the schema. */
import { execFile } from 'node:child_process'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Libraries } from './world.ts'

const HERE = import.meta.dirname
const ROOT = join(HERE, '../..')

export interface RelayProject {
  /** What relay-compiler printed. */
  readonly output: string
  /** The manifest of persisted operations. Artifacts have texts instead of ids unless it was wanted. */
  readonly manifest: string
  /** Loads what relay-compiler has made of an operation or a fragment. */
  // biome-ignore lint/suspicious/noExplicitAny: relay-compiler writes no types for it
  artifact(name: string): any
}

/**
 * Runs relay-compiler.
 * @param modules the documents of each module, whose names begin with that of the module
 * @throws the error of relay-compiler, with its output
 */
export async function compileRelay(
  { dir }: Libraries,
  name: string,
  modules: Readonly<Record<string, readonly string[]>>,
  { isPersisted = false } = {},
): Promise<RelayProject> {
  const project = join(dir, name)
  const generated = join(project, '__generated__')
  await mkdir(join(project, 'src'), { recursive: true })
  await mkdir(generated, { recursive: true })
  // Artifacts refer to each other without the ending of the name, which only CommonJS understands.
  await writeFile(join(generated, 'package.json'), '{"type": "commonjs"}')
  await cp(join(ROOT, 'schema.graphql'), join(project, 'schema.graphql'))
  for (const [module, documents] of Object.entries(modules))
    await writeFile(
      join(project, 'src', `${module}.js`),
      `import { graphql } from 'relay-runtime'\n${documents.map((text) => `graphql\`${text}\``).join('\n')}\n`,
    )
  const settings = {
    src: './src',
    schema: './schema.graphql',
    artifactDirectory: './__generated__',
    language: 'javascript',
    eagerEsModules: false,
    // Without this, what is below node_modules is left out.
    excludes: [],
    ...(isPersisted && { persistConfig: { file: './manifest.json', algorithm: 'SHA256' } }),
  }
  if (isPersisted) await writeFile(join(project, 'manifest.json'), '{}')
  await writeFile(join(project, 'relay.config.json'), JSON.stringify(settings))
  const compiler = join(HERE, 'node_modules/relay-compiler/cli.js')
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [compiler, 'relay.config.json'], {
    cwd: project,
  })
  const require = createRequire(join(generated, 'index.js'))
  const manifest = join(project, 'manifest.json')
  return { output: stdout + stderr, manifest, artifact: (artifact) => require(`./${artifact}.graphql`) }
}
