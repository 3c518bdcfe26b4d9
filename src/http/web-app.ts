/**
 * Serves the web page: the files that `npm run build` makes of `web/`. The page is a client of the public
 * API.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { CONTENT_CODINGS, etagOf } from '../etag.ts'
import { type Body, type Compressed, sendBody } from '../responses/send-body.ts'

/** The page, all of it in memory. */
type PageBody = Body & { readonly body: Buffer }

const PAGE = 'index.html'

interface WebFile {
  readonly bytes: Buffer
  readonly contentType: string
  readonly compressed: Compressed
}

export interface WebApp {
  /** By path, without a leading slash: `assets/index-….js`. */
  readonly files: ReadonlyMap<string, WebFile>
  /** Path of the file that lists its GraphQL operations: see `persisted.ts`. */
  readonly manifest: string
  /** The ids of its operations by their names. */
  readonly operations: ReadonlyMap<string, string>
}

/** Beside the bundle; for a service that runs from its sources, where the build puts them. */
const FOLDERS = ['./web/', '../../dist/web/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
/** How the build names the compressed form of a file. */
const SUFFIXES = { br: '.br', gzip: '.gz' } as const
/**
 * The page may run its own files and send requests to this service. Trusted types: no text becomes markup or
 * script.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')
/** The URLs that `web/router.ts` knows. Each gets the same page, which reads the URL itself. */
const PAGES = ['/', '/runs', '/queue']
const COMPARISON_PAGE = '/compare/:old/:new'
/** What `web/comparison/` requests at first: for each of its views, and for the summary. */
const COMPARISON_OPERATION = 'ComparisonPage'
const SUMMARY_OPERATION = 'SummaryPage'
/** Parameters of the query that lead to another view than the summary. */
const OTHER_VIEWS = ['view', 'at', 'file']

/** Reads the files into memory, some hundred kilobytes. Null if the page has not been built. */
export async function loadWebApp(): Promise<WebApp | null> {
  const folder = FOLDERS.find((candidate) => existsSync(join(candidate, 'index.html')))
  if (folder === undefined) return null
  const files = new Map<string, WebFile>()
  const paths = new Set(await readdir(folder, { recursive: true }))
  for (const path of paths) {
    const contentType = TYPES[extname(path)]
    if (!contentType) continue
    const compressed: { -readonly [coding in keyof Compressed]: Buffer } = {}
    for (const coding of CONTENT_CODINGS) {
      const file = path + SUFFIXES[coding]
      if (paths.has(file)) compressed[coding] = await readFile(join(folder, file))
    }
    files.set(path, { bytes: await readFile(join(folder, path)), contentType, compressed })
  }
  const manifest = join(folder, 'operations.json')
  const documents = Object.entries(JSON.parse(await readFile(manifest, 'utf8')) as Record<string, string>)
  const operations = new Map(documents.map(([id, text]) => [/\bquery (\w+)/.exec(text)?.[1] ?? '', id]))
  return { files, manifest, operations }
}

/** Settings of the service that the page reads. */
export interface PageSettings {
  /** Templates of links to the farm; null if there is none. */
  readonly runUrl: string | null
  readonly reviewUrl: string | null
  /** Whether there is a state, which knows campaigns. */
  readonly hasCampaigns: boolean
}

/** The page, as `sendBody` takes it. @param basePath what clients see before every path: see `base-path.ts` */
export function pageBody({ files }: WebApp, basePath: string, settings: PageSettings): PageBody {
  const { bytes, contentType } = files.get(PAGE) ?? { bytes: Buffer.alloc(0), contentType: '' }
  const body = withSettings(bytes, basePath, settings)
  return {
    contentType,
    etag: etagOf(body),
    cacheControl: 'no-cache',
    vary: 'Accept-Encoding',
    policy: POLICY,
    body,
  }
}

/** @param page as `pageBody` returns it */
export function registerWebApp(server: FastifyInstance, { files, operations }: WebApp, page: PageBody): void {
  for (const url of PAGES) server.get(url, (request, reply) => sendBody(request, reply, page))
  server.get<ComparisonRequest>(COMPARISON_PAGE, (request, reply) =>
    sendBody(request, reply, preloading(page, firstRequests(operations, request))),
  )
  for (const [path, file] of files) {
    if (path === PAGE) continue
    const body = {
      contentType: file.contentType,
      etag: etagOf(file.bytes),
      // The names of assets contain a hash of their content.
      cacheControl: path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'Accept-Encoding',
      body: file.bytes,
      compressed: file.compressed,
    }
    server.get(`/${path}`, (request, reply) => sendBody(request, reply, body))
  }
}

interface ComparisonRequest {
  Params: { readonly old: string; readonly new: string }
  Querystring: Readonly<Record<string, string | string[] | undefined>>
}

/** The URLs that `web/api/request.ts` requests first for a comparison, to the letter. */
function firstRequests(
  operations: WebApp['operations'],
  { params, query }: { params: ComparisonRequest['Params']; query: ComparisonRequest['Querystring'] },
): string[] {
  const isSummary = OTHER_VIEWS.every((name) => query[name] === undefined)
  const variables = JSON.stringify({ old: params.old, new: params.new })
  return [COMPARISON_OPERATION, ...(isSummary ? [SUMMARY_OPERATION] : [])].flatMap((name) => {
    const documentId = operations.get(name)
    return documentId ? [`./graphql?${new URLSearchParams({ documentId, variables })}`] : []
  })
}

/**
 * The page with links that let the browser load data while it loads the script. Without them, the data would take
 * another round trip, which is the larger part of the waiting time on a slow line.
 */
function preloading(page: PageBody, urls: readonly string[]): Body {
  const links = urls.map((url) => `<link rel="preload" as="fetch" crossorigin href="${escaped(url)}" />`)
  const text = page.body.toString('utf8').replace('</head>', () => `${links.join('\n')}\n</head>`)
  const body = Buffer.from(text)
  return { ...page, etag: etagOf(body), body }
}

/** All URLs in the page are relative to its `<base>`; `web/ui/farm-links.tsx` reads the templates. */
function withSettings(page: Buffer, basePath: string, settings: PageSettings): Buffer {
  const { runUrl, reviewUrl, hasCampaigns } = settings
  const elements = [
    `<base href="${escaped(`${basePath}/`)}" />`,
    ...(runUrl === null ? [] : [`<meta name="differ-run-url" content="${escaped(runUrl)}" />`]),
    ...(reviewUrl === null ? [] : [`<meta name="differ-review-url" content="${escaped(reviewUrl)}" />`]),
    ...(hasCampaigns ? ['<meta name="differ-campaigns" content="on" />'] : []),
  ]
  return Buffer.from(page.toString('utf8').replace('<base href="/" />', () => elements.join('\n    ')))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
