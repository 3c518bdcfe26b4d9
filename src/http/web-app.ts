/**
 * Serves the web page: the files that `npm run build` makes of `web/`. The page is a client of the public
 * API.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { etagOf } from '../etag.ts'
import { sendBody } from '../responses/send-body.ts'

type Body = Parameters<typeof sendBody>[2]

const PAGE = 'index.html'

interface WebFile {
  readonly bytes: Buffer
  readonly contentType: string
}

export interface WebApp {
  /** By path, without a leading slash: `assets/index-….js`. */
  readonly files: ReadonlyMap<string, WebFile>
  /** Path of the file that lists its GraphQL operations: see `persisted.ts`. */
  readonly manifest: string
}

/** Beside the bundle; for a service that runs from its sources, where the build puts them. */
const FOLDERS = ['./web/', '../../dist/web/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
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
const PAGES = ['/', '/runs', '/compare/:old/:new', '/queue']

/** Reads the files into memory, some hundred kilobytes. Null if the page has not been built. */
export async function loadWebApp(): Promise<WebApp | null> {
  const folder = FOLDERS.find((candidate) => existsSync(join(candidate, 'index.html')))
  if (folder === undefined) return null
  const files = new Map<string, WebFile>()
  for (const path of await readdir(folder, { recursive: true })) {
    const contentType = TYPES[extname(path)]
    if (contentType) files.set(path, { bytes: await readFile(join(folder, path)), contentType })
  }
  return { files, manifest: join(folder, 'operations.json') }
}

/** What the page is told. */
export interface PageSettings {
  /** Templates of links to the farm; null if there is none. */
  readonly runUrl: string | null
  readonly reviewUrl: string | null
  /** Whether there is a state, which knows campaigns. */
  readonly hasCampaigns: boolean
}

/** The page, as `sendBody` takes it. @param basePath what clients see before every path: see `base-path.ts` */
export function pageBody({ files }: WebApp, basePath: string, settings: PageSettings): Body {
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
export function registerWebApp(server: FastifyInstance, { files }: WebApp, page: Body): void {
  for (const url of PAGES) server.get(url, (request, reply) => sendBody(request, reply, page))
  for (const [path, file] of files) {
    if (path === PAGE) continue
    const body = {
      contentType: file.contentType,
      etag: etagOf(file.bytes),
      // The names of assets contain a hash of their content.
      cacheControl: path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'Accept-Encoding',
      body: file.bytes,
    }
    server.get(`/${path}`, (request, reply) => sendBody(request, reply, body))
  }
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
