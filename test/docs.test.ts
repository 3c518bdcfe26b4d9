/** What the documentation names exists: files, headings, settings, metrics and scripts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { OPTIONS, type Option } from '../src/config/options.ts'

const ROOT = join(import.meta.dirname, '..')
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  'bench/README.md',
  'examples/README.md',
]
/** A changelog also names what no longer exists. */
const CURRENT_PAGES = PAGES.filter((page) => page !== 'CHANGELOG.md')

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const outsideCode = (text: string) => text.replace(/^```.*?^```$/gms, '')

/** Every match of a pattern in every page, with the page: `README.md: DIFFER_PORT`. */
function mentions(pattern: RegExp): { page: string; name: string }[] {
  return CURRENT_PAGES.flatMap((page) =>
    [...read(page).matchAll(pattern)].map(([, name = '']) => ({ page, name })),
  )
}

/** A heading as GitHub makes an anchor of it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

function anchorsIn(page: string): string[] {
  return [...outsideCode(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

/** What is inside the blocks of code of one language. */
function blocksOf(page: string, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')
  return [...read(page).matchAll(pattern)].map(([, block = '']) => block)
}

describe.each(PAGES)('%s', (page) => {
  const lines = outsideCode(read(page)).split('\n')

  it('has a blank line before each heading', () => {
    expect(lines.filter((line, at) => at > 0 && /^#+ /.test(line) && lines[at - 1] !== '')).toEqual([])
  })

  it('has no line over 160 characters, except rows of tables', () => {
    expect(lines.filter((line) => line.length > 160 && !line.startsWith('|'))).toEqual([])
  })

  it('does not end in the middle of a sentence', () => {
    expect(read(page)).toMatch(/[.|`)]\n$/)
  })

  it('links to files and headings that exist', () => {
    const links = [...outsideCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(ROOT, target))) return true
      return anchor !== undefined && !anchorsIn(target).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})

describe('the documentation', () => {
  const options: readonly Option<unknown>[] = Object.values(OPTIONS)

  it('names only settings that exist', () => {
    const variables = new Set(options.flatMap(({ env }) => env ?? []))
    // Set by the tests' own scripts.
    variables.add('DIFFER_SOAK_SECONDS')
    const unknown = mentions(/\b(DIFFER_[A-Z_]+)/g).filter(({ name }) => !variables.has(name))
    expect(unknown).toEqual([])
  })

  it('shows the defaults that the settings have', () => {
    const rows = [...read('README.md').matchAll(/^\| `([A-Z_]+)` \| `--[\w -]+` \| .* \| `(\d+)` \|$/gm)]
    expect(rows.length).toBeGreaterThan(1)
    for (const [, variable, value] of rows)
      expect([variable, value]).toEqual([variable, options.find(({ env }) => env === variable)?.default])
  })

  it('names only metrics that exist', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.startsWith('metrics') && path.endsWith('.ts'))
      .map((path) => read(`src/${path}`))
      .join('\n')
    const unknown = mentions(/\b(differ_[a-z_]+)/g).filter(
      ({ name }) => !sources.includes(name.replace(/_count$/, '')),
    )
    expect(unknown).toEqual([])
  })

  it('shows only GraphQL operations that the schema allows', () => {
    const schema = buildSchema(read('schema.graphql'))
    const operations = CURRENT_PAGES.flatMap((page) => blocksOf(page, 'graphql'))
    expect(operations.length).toBeGreaterThan(3)
    const problems = operations.flatMap((text) => validate(schema, parse(text)).map(({ message }) => message))
    expect(problems).toEqual([])
  })

  it('names only scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const unknown = mentions(/\bnpm run ([\w:]+)/g).filter(({ name }) => !(name in scripts))
    expect(unknown).toEqual([])
  })

  it('lists every memo with a bounded size in the table of memos', () => {
    const named = [...read('docs/memos.md').matchAll(/`([a-z-]+(?:\/[a-z-]+)+\.ts)`/g)].map(
      ([, path = '']) => path,
    )
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    expect(named.filter((path) => !sources.includes(path))).toEqual([])
    const memos = sources.filter(
      (path) => path.endsWith('.ts') && /from 'lru-cache'/.test(read(`src/${path}`)),
    )
    expect(memos.length).toBeGreaterThan(5)
    expect(memos.filter((path) => !named.includes(path))).toEqual([])
  })

  it('names only source files that exist', () => {
    const unknown = mentions(/\b((?:src|bench|scripts|test)\/[\w/.-]+\.\w+)/g).filter(
      ({ name }) => !existsSync(join(ROOT, name)),
    )
    expect(unknown).toEqual([])
  })
})
