/**
 * Sends an error in the form that the client can use: text, JSON, or a small page for a browser's navigation.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { stylePolicy } from '../diff/rendering/content-policy.ts'
import { escapeAttribute, escapeHtml } from '../diff/rendering/escape.ts'
import type { HttpError } from './http-error.ts'

/** What the query or the configuration can choose. */
export type ErrorFormat = 'text' | 'json'
type ErrorForm = ErrorFormat | 'page'

const VARY = 'Accept, Accept-Encoding'

/** Sends the form that the query chooses, else a page to a navigation, else the configured form. */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  error: HttpError,
  configured: ErrorFormat,
): FastifyReply {
  const { error_format: chosen } = request.query as Record<string, unknown>
  const form = chosen === 'json' || chosen === 'text' ? chosen : isNavigation(request) ? 'page' : configured
  return send(reply.header('vary', VARY), error, form)
}

/** Sends an error about the URL, the method or the body: always text, or a page to a navigation. */
export function sendPlainError(request: FastifyRequest, reply: FastifyReply, error: HttpError): FastifyReply {
  return send(reply, error, isNavigation(request) ? 'page' : 'text')
}

/** Only browsers send this, for a URL that a person has opened. */
function isNavigation(request: FastifyRequest): boolean {
  return request.headers['sec-fetch-mode'] === 'navigate'
}

const MEDIA_TYPES: Record<ErrorForm, string> = {
  text: 'text/plain',
  json: 'application/json',
  page: 'text/html',
}

function send(reply: FastifyReply, error: HttpError, form: ErrorForm): FastifyReply {
  if (error.reason) reply.raw.statusMessage = error.reason
  reply
    .removeHeader('etag')
    .code(error.status)
    .headers({
      'cache-control': 'no-store',
      ...(form === 'page' && { 'content-security-policy': POLICY }),
      ...error.headers,
    })
  // A buffer, because Node.js writes the headers together with a body that is a string, and in its encoding
  // instead of Latin-1.
  return reply.type(`${MEDIA_TYPES[form]}; charset=utf-8`).send(Buffer.from(BODIES[form](error)))
}

/** The colours are those of `web/style/base.css`. */
const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5dce3, #333c47) }
body { font: 15px/1.5 system-ui, "DejaVu Sans", "Liberation Sans", sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; background: light-dark(#fff, #14181d); color: light-dark(#1b232b, #e2e8ee) }
h1 { font-size: 1.4rem }
a { color: light-dark(#0b5cad, #7ab8ff) }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid var(--line); border-radius: 6px; background: light-dark(#f5f7f9, #1c2229) }
`
const POLICY = stylePolicy(STYLE)

const BODIES: Record<ErrorForm, (error: HttpError) => string> = {
  text: ({ text }) => text,
  json: ({ title, details, runId = null, command = null }) =>
    JSON.stringify({ error: title, details, run_id: runId, command }),
  page: ({ status, title, details, text, home }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status}: ${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(details)}</p>
<pre>${escapeHtml(text)}</pre>${
    home === undefined
      ? ''
      : `
<p><a href="${escapeAttribute(home)}">Back to the first page</a></p>`
  }
</main>
</body>
</html>
`,
}
