/** The page for people: files that `npm run build` has made of `web/`. They use the public API like anybody else. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { BodyCache } from '../responses/body-cache.ts'
import { sendBody, whole } from '../responses/send-body.ts'

interface WebFile {
  readonly bytes: Buffer
  readonly contentType: string
}

export interface WebApp {
  /** By path below the service's own: `assets/index-….js`. */
  readonly files: ReadonlyMap<string, WebFile>
  /** Where its operations are listed: see `persisted.ts`. */
  readonly manifest: string
}

/** Beside the bundle; for a service that runs from its sources, where the build puts it. */
const PLACES = ['./web/', '../../dist/web/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
/** What the page may do: run its own files and ask its own service. No text becomes markup or script anywhere (trusted types). */
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
/** The places of the application (`web/router.ts`): each is the same page, which looks at the address. */
const PAGES = ['/', '/compare/:old/:new', '/queue']

/** Reads the page into memory: it is some hundred kilobytes. Null where it has not been built. */
export async function loadWebApp(): Promise<WebApp | null> {
  const folder = PLACES.find((place) => existsSync(join(place, 'index.html')))
  if (folder === undefined) return null
  const files = new Map<string, WebFile>()
  for (const path of await readdir(folder, { recursive: true })) {
    const contentType = TYPES[extname(path)]
    if (contentType) files.set(path, { bytes: await readFile(join(folder, path)), contentType })
  }
  return { files, manifest: join(folder, 'operations.json') }
}

/** @param basePath what clients see ahead of every path: see `base-path.ts` */
export function registerWebApp(server: FastifyInstance, { files }: WebApp, basePath: string): void {
  const hot = new BodyCache()
  for (const [path, file] of files) {
    const isPage = path === 'index.html'
    const bytes = isPage ? placedBelow(file.bytes, basePath) : file.bytes
    const body = {
      contentType: file.contentType,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
      // A name with a hash in it has one content for ever.
      cacheControl: path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'Accept-Encoding',
      ...(isPage && { policy: POLICY }),
      body: () => whole(bytes),
    }
    for (const url of isPage ? PAGES : [`/${path}`])
      server.get(url, (request, reply) => sendBody(request, reply, body, hot))
  }
}

/** The page's own addresses are relative to its <base>. */
function placedBelow(page: Buffer, basePath: string): Buffer {
  const href = `${basePath}/`.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return Buffer.from(page.toString('utf8').replace('<base href="/" />', () => `<base href="${href}" />`))
}
