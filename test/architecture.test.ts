/** The import rules of ARCHITECTURE.md, held against the sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * The rooms of the house, from the door to the cellar. A room is a folder of `src/` or a file right in it, without its ending. It may
 * import from rooms further down; never from one further up or beside it.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['main'],
  ['commands'],
  ['app', 'worker'],
  ['runtime', 'listen-error'],
  ['http', 'factories', 'telemetry'],
  ['rest', 'graphql'],
  ['responses', 'schema'],
  ['resolvers', 'metrics'],
  ['services', 'farm', 'config'],
  ['jobs'],
  ['redis'],
  ['diff'],
  ['artifacts', 'db'],
  [
    'control-runs',
    'etag',
    'log',
    'rendering-path',
    'requests',
    'run-pair',
    'serialize-error',
    'until-aborted',
    'wakeup',
  ],
  ['errors', 'mask-secrets', 'tracing', 'version'],
  ['model'],
]

/** What only some may import although the floors would let them. */
const RESERVED: readonly {
  readonly what: string
  readonly imported: RegExp
  readonly only: RegExp
}[] = [
  { what: 'GraphQL', imported: /^(graphql|graphql-yoga|@pothos\/.*)$/, only: /^(schema|graphql)\// },
  { what: 'the client of the bucket', imported: /^@google-cloud\//, only: /^artifacts\/gcs/ },
  { what: 'Drizzle', imported: /^drizzle-orm/, only: /^db\// },
  { what: 'database drivers', imported: /^(pg|@electric-sql\/pglite.*)$/, only: /^db\// },
  {
    what: 'starting processes',
    imported: /^(node:)?child_process$/,
    only: /^(diff\/tools\/|db\/directory-lock\.ts$)/,
  },
  {
    what: 'the web server',
    imported: /^(fastify|@fastify\/.*)$/,
    only: /^(http|graphql|rest|responses|requests)\//,
  },
  { what: 'Redis', imported: /^(ioredis|bullmq)$/, only: /^(redis|jobs\/bullmq)\// },
  { what: 'tracing', imported: /^@opentelemetry\//, only: /^(telemetry|tracing)\.ts$/ },
  { what: 'metrics', imported: /^prom-client$/, only: /^metrics\.ts$/ },
  { what: "the command line's parser", imported: /^commander$/, only: /^main\.ts$/ },
  { what: 'the resolvers', imported: /^resolvers\//, only: /^((resolvers|schema|graphql|http)\/|app\.ts$)/ },
  { what: 'the schema', imported: /^schema\//, only: /^(schema|graphql)\// },
]

interface Import {
  /** Path below `src/`. */
  readonly from: string
  /** A path below `src/`, or a package's name as written. */
  readonly to: string
}

/** The same of the page in `web/`, which is a house of its own. */
const WEB_FLOORS: readonly (readonly string[])[] = [
  ['main'],
  ['app'],
  ['runs', 'comparison', 'queue'],
  ['report'],
  ['jobs'],
  ['ui'],
  ['router', 'api', 'pair'],
  ['generated'],
]
/** All that it has of others. */
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
/** Without what is written by `npm run codegen`, and what builds it. */
const WEB = new Map(
  [...sourcesIn('web')].filter(([path]) => !path.startsWith('generated/') && path !== 'vite.config.ts'),
)

/** Static, dynamic and type imports, re-exports, and workers started by `new URL(…, import.meta.url)`. */
function importsOf(from: string, text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm,
  )
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]|new URL\(\s*['"](\.[^'"]+)['"]/g)
  return [...statements, ...calls].map(([, one, other]) => {
    const name = (one ?? other) as string
    return { from, to: name.startsWith('.') ? relative('/', join('/', dirname(from), name)) : name }
  })
}

function roomOf(path: string): string {
  return (path.split('/')[0] as string).replace(/\.(ts|tsx|mjs)$/, '')
}

const isInternal = ({ to }: Import) => /\.(ts|tsx|mjs)$/.test(to)
const floorOf = (path: string, floors = FLOORS) => floors.findIndex((rooms) => rooms.includes(roomOf(path)))

function floorTrouble(edge: Import, floors = FLOORS): string | null {
  if (!isInternal(edge) || roomOf(edge.from) === roomOf(edge.to)) return null
  return floorOf(edge.to, floors) > floorOf(edge.from, floors) ? null : `${edge.from} imports ${edge.to}`
}

function reservedTrouble(edge: Import): string | null {
  const broken = RESERVED.find(({ imported, only }) => imported.test(edge.to) && !only.test(edge.from))
  return broken ? `${edge.from} imports ${edge.to}: ${broken.what} is for ${broken.only.source}` : null
}

/** The first way from a module back to itself, or null. */
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

/** A comment at its very beginning, or one right ahead of something that it exports. */
function saysWhatItIs(text: string): boolean {
  return text.startsWith('/**') || /\*\/\nexport /.test(text)
}

const EDGES = [...SOURCES].flatMap(([path, text]) => importsOf(path, text))
const troubles = (check: (edge: Import) => string | null, edges: readonly Import[] = EDGES) =>
  edges.map(check).filter((trouble) => trouble !== null)

describe('the sources', () => {
  it('have every module in a room that is on a floor', () => {
    expect([...SOURCES.keys()].filter((path) => floorOf(path) < 0)).toEqual([])
  })

  it('import only downwards', () => {
    expect(troubles((edge) => floorTrouble(edge))).toEqual([])
  })

  it('keep libraries and the starting of processes where they belong', () => {
    expect(troubles(reservedTrouble)).toEqual([])
  })

  it('have no import cycle, not even of types', () => {
    expect(findCycle(EDGES.filter(isInternal))).toBeNull()
  })

  it('import nothing that is not there', () => {
    expect(EDGES.filter((edge) => isInternal(edge) && !SOURCES.has(edge.to))).toEqual([])
  })

  it('read the environment in main.ts only', () => {
    const readers = [...SOURCES].filter(([, text]) => /\bprocess\.env\b/.test(text)).map(([path]) => path)
    expect(readers).toEqual(['main.ts'])
  })

  it('say of every module what it is; in schema/ the descriptions do, which have a test of their own', () => {
    const silent = [...SOURCES].filter(([path, text]) => roomOf(path) !== 'schema' && !saysWhatItIs(text))
    expect(silent.map(([path]) => path)).toEqual([])
  })
})

describe('the page', () => {
  const edges = [...WEB].flatMap(([path, text]) => importsOf(path, text))

  it('has every module in a room that is on a floor, and imports only downwards', () => {
    expect([...WEB.keys()].filter((path) => floorOf(path, WEB_FLOORS) < 0)).toEqual([])
    expect(troubles((edge) => floorTrouble(edge, WEB_FLOORS), edges)).toEqual([])
    expect(findCycle(edges.filter(isInternal))).toBeNull()
  })

  it('has nothing of the service, and few libraries', () => {
    const others = edges.filter((edge) => !isInternal(edge)).map(({ to }) => to)
    expect([...new Set(others)].filter((to) => !WEB_LIBRARIES.includes(to))).toEqual([])
    // A path that leads out of web/ would begin with `..`, which is no room.
    expect(
      edges.filter((edge) => isInternal(edge) && !WEB.has(edge.to) && roomOf(edge.to) !== 'generated'),
    ).toEqual([])
    expect(EDGES.filter(({ to }) => /(^|\/)web\/.*\.tsx?$/.test(to))).toEqual([])
  })

  it('says of every module what it is', () => {
    expect([...WEB].filter(([, text]) => !saysWhatItIs(text)).map(([path]) => path)).toEqual([])
  })
})

describe('the rules', () => {
  it('are held against all kinds of imports', () => {
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
  ])('forbid that %s imports %s', (from, to) => {
    expect(floorTrouble({ from, to })).not.toBeNull()
  })

  it.each<[from: string, to: string]>([
    ['resolvers/runs.ts', 'graphql'],
    ['resolvers/runs.ts', 'drizzle-orm'],
    ['rest/routes.ts', 'resolvers/runs.ts'],
    ['rest/routes.ts', 'schema/index.ts'],
    ['diff/engine.ts', 'ioredis'],
    ['commands/diff.ts', 'node:child_process'],
    ['db/embedded.ts', 'node:child_process'],
    ['diff/engine.ts', '@opentelemetry/api'],
    ['diff/engine.ts', 'prom-client'],
  ])('do not let %s have %s', (from, to) => {
    expect(reservedTrouble({ from, to })).not.toBeNull()
  })

  it('find the way round', () => {
    const edges = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
      ['d', 'b'],
    ].map(([from, to]) => ({ from, to }) as Import)
    expect(findCycle(edges)).toEqual(['b', 'c', 'd', 'b'])
    expect(findCycle(edges.slice(0, 3))).toBeNull()
  })
})
