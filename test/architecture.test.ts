/** Checks the import rules of ARCHITECTURE.md against the sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * The rooms of one folder, from the top layer to the bottom one. A room is a subfolder, or a file without its
 * extension. A room may import only from lower layers, so not from another room of its own layer.
 */
type Layers = readonly (readonly string[])[]

const LAYERS: Layers = [
  ['main'],
  ['commands'],
  ['app', 'worker'],
  ['runtime', 'listen-error'],
  ['http', 'factories', 'telemetry', 'cleanup-stack'],
  ['rest', 'graphql'],
  ['responses', 'schema'],
  ['resolvers', 'metrics'],
  ['services', 'farm', 'config', 'webhooks'],
  ['jobs'],
  ['redis', 'state'],
  ['diff'],
  ['bucket'],
  ['artifacts', 'db'],
  ['answering-thread'],
  [
    'control-runs',
    'etag',
    'log',
    'lower-priority',
    'rendering-path',
    'requests',
    'run-pair',
    'serialize-error',
    'start-program',
    'time-limit',
    'until-aborted',
    'wakeup',
    'with-directory',
  ],
  ['errors', 'invisible-characters', 'mask-secrets', 'system-errors', 'tracing', 'version'],
  ['model'],
]

/** The folders of `src/` that have layers. A prefix is the folder's path with a slash at its end. */
const LAYERED_FOLDERS: readonly (readonly [prefix: string, layers: Layers])[] = [
  ['', LAYERS],
  [
    'diff/',
    [
      ['engine'],
      ['file-reports', 'job-process'],
      ['engine-options'],
      ['stored'],
      ['search'],
      ['rendering', 'rules-file'],
      ['file'],
      ['cross-check'],
      ['summary'],
      ['making'],
      ['package'],
      ['cache'],
      ['processes'],
      ['debdiff', 'tools'],
      ['report'],
      ['streams', 'summary-version'],
      ['content'],
    ],
  ],
  [
    'diff/report/',
    [
      ['node-pages', 'filter', 'white-space'],
      ['pages'],
      ['open-report'],
      ['indexed-report'],
      ['node-view', 'lines'],
      ['index', 'read-window', 'assemble'],
      ['pairing', 'scan'],
      ['search'],
      ['types', 'path-glob'],
    ],
  ],
]

/**
 * File names that may occur in several folders: the noun is the same, only the layer differs (the schema of a
 * comparison, its resolvers). Two files of any other name would be two different things with one name.
 */
const SHARED_NAMES = new Set([
  'accept',
  'comparison',
  'diff',
  'elf',
  'errors',
  'metrics',
  'precache',
  'precache-job',
  'make-diffs',
  'run-values',
  'runs',
  'summary',
  'worker',
  // Each defines the command line of its folder's command.
  'command',
  // Each holds what its folder exports, or the types that its folder works on.
  'index',
  'types',
])

/** Packages and rooms that only some files may import, although the layers would allow more. */
const RESERVED: readonly {
  readonly what: string
  readonly imported: RegExp
  readonly only: RegExp
}[] = [
  { what: 'GraphQL', imported: /^(graphql|graphql-yoga|@pothos\/.*)$/, only: /^(schema|graphql)\// },
  { what: 'the client of S3', imported: /^@aws-sdk\//, only: /^bucket\/s3/ },
  { what: 'credentials for the bucket', imported: /^google-auth-library/, only: /^artifacts\/gcs/ },
  { what: 'Drizzle', imported: /^drizzle-orm/, only: /^(db|state)\// },
  { what: 'database drivers', imported: /^(pg|@electric-sql\/pglite.*)$/, only: /^db\// },
  {
    what: 'starting processes',
    imported: /^(node:)?child_process$/,
    only: /^(diff\/tools\/|db\/directory-lock\.ts$|start-program\.ts$|diff\/processes\/)/,
  },
  {
    what: 'the web server',
    imported: /^(fastify|@fastify\/.*)$/,
    only: /^(http|graphql|rest|responses|requests)\//,
  },
  { what: 'Redis', imported: /^(ioredis|bullmq)$/, only: /^(redis|jobs\/bullmq)\// },
  { what: 'tracing', imported: /^@opentelemetry\//, only: /^(telemetry|tracing)\.ts$/ },
  { what: 'YAML', imported: /^yaml$/, only: /^diff\/rules-file\// },
  { what: 'metrics', imported: /^prom-client$/, only: /^metrics\// },
  {
    what: "the command line's parser",
    imported: /^commander$/,
    only: /^(main|commands\/(program|run-command-line|flags|[a-z-]+\/command))\.ts$/,
  },
  { what: 'the resolvers', imported: /^resolvers\//, only: /^((resolvers|schema|graphql|http)\/|app\.ts$)/ },
  { what: 'the schema', imported: /^schema\//, only: /^(schema|graphql)\// },
]

/** The most lines of a file in `src/`. The linter has the limit for functions. */
const MAX_FILE_LINES = 350
/** Files that may be longer, each with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'config/options.ts': 'a table: each option with its flag, variable, default and description',
}

interface Import {
  /** Path below `src/`. */
  readonly from: string
  /** A path below `src/`, or a package's name as written. */
  readonly to: string
}

/** The layers of `web/`, the page. */
const WEB_LAYERS: Layers = [
  ['main'],
  ['app'],
  ['campaigns', 'runs', 'comparison', 'queue'],
  ['contents'],
  ['report', 'summary'],
  ['jobs'],
  ['ui'],
  ['review'],
  ['router', 'api', 'pair'],
  ['generated'],
]
const WEB_LIBRARIES = ['preact', 'preact/hooks', 'graphql-ws']

function sourcesIn(folder: string): ReadonlyMap<string, string> {
  const root = join(import.meta.dirname, '..', folder)
  return new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|tsx|mjs)$/.test(path))
      .sort()
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  )
}

const SOURCES = sourcesIn('src')
/** The rooms of a folder of `src/` that the tree of ARCHITECTURE.md lists, in its order. */
function roomsInTree(prefix: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../ARCHITECTURE.md'), 'utf8')
  const [, tree = ''] = /^ {4}src\/\n((?: {6}.*\n)+)/m.exec(text) ?? []
  let folder = ''
  const rooms = [...tree.matchAll(/^ {6}( {2})?([\w-]+)/gm)].map(([, indent, name = '']) => {
    if (!indent) folder = name
    return { name, prefix: indent ? `${folder}/` : '' }
  })
  return rooms.filter((room) => room.prefix === prefix).map(({ name }) => name)
}

/** Without the output of `npm run codegen` and the build's configuration. */
const WEB = new Map(
  [...sourcesIn('web')].filter(([path]) => !path.startsWith('generated/') && path !== 'vite.config.ts'),
)

/** Static, dynamic and type imports, re-exports, and workers started with `new URL(…, import.meta.url)`. */
function importsOf(from: string, text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm,
  )
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]|new URL\(\s*['"](\.[^'"]+)['"]/g)
  return [...statements, ...calls].map(([, one, other = '']) => {
    const name = one ?? other
    return { from, to: name.startsWith('.') ? relative('/', join('/', dirname(from), name)) : name }
  })
}

const withoutExtension = (path: string) => path.replace(/\.(ts|tsx|mjs)$/, '')
const isInternal = ({ to }: Import) => /\.(ts|tsx|mjs)$/.test(to)

/** The room of a path within the folder `prefix`. */
function roomOf(path: string, prefix = ''): string {
  const [first = ''] = path.slice(prefix.length).split('/')
  return withoutExtension(first)
}

/** The paths in the folder `prefix` that are in no layer. */
function pathsWithoutLayer(paths: Iterable<string>, layers: Layers, prefix = ''): string[] {
  const rooms = new Set(layers.flat())
  return [...paths].filter((path) => path.startsWith(prefix) && !rooms.has(roomOf(path, prefix)))
}

/**
 * @returns the violation as a sentence, or null; also null for imports that do not stay in the folder
 *   `prefix`
 */
function layerViolation(edge: Import, layers: Layers = LAYERS, prefix = ''): string | null {
  const { from, to } = edge
  if (!isInternal(edge) || !from.startsWith(prefix) || !to.startsWith(prefix)) return null
  const [upper, lower] = [roomOf(from, prefix), roomOf(to, prefix)]
  if (upper === lower) return null
  const layerOf = (room: string) => layers.findIndex((rooms) => rooms.includes(room))
  return layerOf(lower) > layerOf(upper) ? null : `${from} imports ${to}`
}

function reservedViolation(edge: Import): string | null {
  const broken = RESERVED.find(({ imported, only }) => imported.test(edge.to) && !only.test(edge.from))
  return broken ? `${edge.from} imports ${edge.to}: ${broken.what} is for ${broken.only.source}` : null
}

/**
 * The first import cycle found, as a path that begins and ends with the same module; null if there is none.
 */
function findCycle(edges: readonly Import[]): string[] | null {
  const next = new Map<string, string[]>()
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const path: string[] = []
  const visit = (module: string): string[] | null => {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module]
    if (done.has(module)) return null
    path.push(module)
    for (const to of next.get(module) ?? []) {
      const cycle = visit(to)
      if (cycle) return cycle
    }
    path.pop()
    done.add(module)
    return null
  }
  for (const module of next.keys()) {
    const cycle = visit(module)
    if (cycle) return cycle
  }
  return null
}

/** Paths whose file name, without its extension, occurs in another folder too and is not in `shared`. */
function ambiguousNames(paths: Iterable<string>, shared: ReadonlySet<string>): string[] {
  const byName = new Map<string, string[]>()
  for (const path of paths) {
    const name = withoutExtension(basename(path))
    byName.set(name, [...(byName.get(name) ?? []), path])
  }
  return [...byName]
    .filter(([name, files]) => files.length > 1 && !shared.has(name))
    .flatMap(([, files]) => files)
}

/** Whether a module begins with a docstring or has one on an export. */
function isDocumented(text: string): boolean {
  return text.startsWith('/**') || /\*\/\nexport /.test(text)
}

/** How many lines a text has. */
function lineCount(text: string): number {
  return text.split('\n').length - Number(text.endsWith('\n'))
}

const EDGES = [...SOURCES].flatMap(([path, text]) => importsOf(path, text))
const violations = (check: (edge: Import) => string | null, edges: readonly Import[] = EDGES) =>
  edges.map(check).filter((violation) => violation !== null)

describe('the sources', () => {
  it.each(LAYERED_FOLDERS)('assign every module of src/%s to a layer', (prefix, layers) => {
    expect(pathsWithoutLayer(SOURCES.keys(), layers, prefix)).toEqual([])
  })

  it.each(LAYERED_FOLDERS)('import only from lower layers within src/%s', (prefix, layers) => {
    expect(violations((edge) => layerViolation(edge, layers, prefix))).toEqual([])
  })

  it.each(['', 'diff/'])('are listed in ARCHITECTURE.md in the order of the layers of src/%s', (prefix) => {
    const [, layers = []] = LAYERED_FOLDERS.find(([folder]) => folder === prefix) ?? []
    const names = roomsInTree(prefix)
    const places = names.map((name) => layers.findIndex((rooms) => rooms.includes(name)))
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((_, at) => places[at] === -1)).toEqual([])
    expect(names.filter((_, at) => (places[at] ?? 0) < (places[at - 1] ?? 0))).toEqual([])
  })

  it('import libraries, and start processes, only where the rules allow it', () => {
    expect(violations(reservedViolation)).toEqual([])
  })

  it('have no import cycle, not even of types', () => {
    expect(findCycle(EDGES.filter(isInternal))).toBeNull()
  })

  it('import only files that exist', () => {
    expect(EDGES.filter((edge) => isInternal(edge) && !SOURCES.has(edge.to))).toEqual([])
  })

  it('read the environment only in commands/flags.ts', () => {
    const readers = [...SOURCES].filter(([, text]) => /\bprocess\.env\b/.test(text)).map(([path]) => path)
    expect(readers).toEqual(['commands/flags.ts'])
  })

  it('use a file name in several folders only for one noun', () => {
    expect(ambiguousNames(SOURCES.keys(), SHARED_NAMES)).toEqual([])
  })

  it(`have at most ${MAX_FILE_LINES} lines a file, but for the named ones`, () => {
    const long = [...SOURCES].filter(([, text]) => lineCount(text) > MAX_FILE_LINES).map(([path]) => path)
    expect(long).toEqual(Object.keys(LONG_FILES))
  })

  it('document every module; the descriptions in schema/ have their own test', () => {
    const silent = [...SOURCES].filter(([path, text]) => roomOf(path) !== 'schema' && !isDocumented(text))
    expect(silent.map(([path]) => path)).toEqual([])
  })
})

describe('the page', () => {
  const edges = [...WEB].flatMap(([path, text]) => importsOf(path, text))

  it('assigns every module to a layer and imports only from lower ones', () => {
    expect(pathsWithoutLayer(WEB.keys(), WEB_LAYERS)).toEqual([])
    expect(violations((edge) => layerViolation(edge, WEB_LAYERS), edges)).toEqual([])
    expect(findCycle(edges.filter(isInternal))).toBeNull()
  })

  it('imports nothing from the service, and few libraries', () => {
    const others = edges.filter((edge) => !isInternal(edge)).map(({ to }) => to)
    expect([...new Set(others)].filter((to) => !WEB_LIBRARIES.includes(to))).toEqual([])
    // A path that leaves web/ would begin with `..`, which is no room.
    expect(
      edges.filter((edge) => isInternal(edge) && !WEB.has(edge.to) && roomOf(edge.to) !== 'generated'),
    ).toEqual([])
    expect(EDGES.filter(({ to }) => /(^|\/)web\/.*\.tsx?$/.test(to))).toEqual([])
  })

  it('documents every module', () => {
    expect([...WEB].filter(([, text]) => !isDocumented(text)).map(([path]) => path)).toEqual([])
  })
})

describe('the rules', () => {
  it('find imports of every kind', () => {
    const text = [
      `import { a } from './a.ts'`,
      `import type {\n  B,\n  C,\n} from '../b.ts'`,
      `import './effect.ts'`,
      `export { d } from 'd'`,
      `const e = await import('../e.ts')`,
      `new Worker(new URL('./f.mjs', import.meta.url))`,
    ].join('\n')
    expect(importsOf('room/module.ts', text).map(({ to }) => to)).toEqual([
      'room/a.ts',
      'b.ts',
      'room/effect.ts',
      'd',
      'e.ts',
      'room/f.mjs',
    ])
  })

  it.each<[from: string, to: string]>([
    ['diff/engine.ts', 'jobs/queue.ts'],
    ['artifacts/local.ts', 'db/runs.ts'],
    ['jobs/queue.ts', 'services/diff-service.ts'],
    ['errors.ts', 'log.ts'],
    ['diff/engine.ts', 'config/load.ts'],
  ])('forbid %s to import %s', (from, to) => {
    expect(layerViolation({ from, to })).not.toBeNull()
  })

  it.each<[prefix: string, from: string, to: string]>([
    ['diff/', 'diff/tools/provenance.ts', 'diff/cache/entry-store.ts'],
    ['diff/', 'diff/tools/process.ts', 'diff/debdiff/sections.ts'],
    ['diff/report/', 'diff/report/index/records.ts', 'diff/report/lines.ts'],
  ])('within %s forbid %s to import %s', (prefix, from, to) => {
    const [, layers = []] = LAYERED_FOLDERS.find(([folder]) => folder === prefix) ?? []
    expect(layerViolation({ from, to }, layers, prefix)).not.toBeNull()
    expect(layerViolation({ from, to })).toBeNull()
  })

  it.each<[from: string, to: string]>([
    ['resolvers/runs.ts', 'graphql'],
    ['resolvers/runs.ts', 'drizzle-orm'],
    ['rest/routes.ts', 'resolvers/runs.ts'],
    ['rest/routes.ts', 'schema/index.ts'],
    ['diff/engine.ts', 'ioredis'],
    ['commands/diff/compare.ts', 'node:child_process'],
    ['db/embedded.ts', 'node:child_process'],
    ['diff/engine.ts', '@opentelemetry/api'],
    ['diff/engine.ts', 'prom-client'],
  ])('reserve for others what %s would import as %s', (from, to) => {
    expect(reservedViolation({ from, to })).not.toBeNull()
  })

  it('find a module without a layer, and a name that is used twice', () => {
    const paths = ['main.ts', 'diff/engine.ts', 'diff/cache/store.ts', 'db/store.ts', 'db/runs.ts']
    expect(pathsWithoutLayer(paths, [['engine']], 'diff/')).toEqual(['diff/cache/store.ts'])
    expect(ambiguousNames([...paths, 'schema/runs.ts'], new Set(['runs']))).toEqual([
      'diff/cache/store.ts',
      'db/store.ts',
    ])
  })

  it.each([
    ['a', 1],
    ['a\n', 1],
    ['a\n\nb', 3],
  ])('count the lines of %j', (text, lines) => {
    expect(lineCount(text)).toBe(lines)
  })

  it('find a cycle', () => {
    const edges = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
      ['d', 'b'],
    ].map(([from = '', to = '']) => ({ from, to }))
    expect(findCycle(edges)).toEqual(['b', 'c', 'd', 'b'])
    expect(findCycle(edges.slice(0, 3))).toBeNull()
  })
})
