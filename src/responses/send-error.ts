/** An error's answer in the form that its reader can use: text, JSON, or a small page for a browser that was sent to the address itself. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { stylePolicy } from '../diff/rendering/content-policy.ts'
import { escapeHtml } from '../diff/rendering/escape.ts'
import type { HttpError } from './http-error.ts'

/** What the query or the service's default chooses. */
export type ErrorFormat = 'text' | 'json'
type ErrorForm = ErrorFormat | 'page'

const VARY = 'Accept, Accept-Encoding'

/**
 * Answers in the form that the query asks for, else as a page to a navigation, else in the service's default form.
 * @param preset the service's default; `text` for what has no JSON form
 */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: HttpError,
  preset: ErrorFormat,
): FastifyReply {
  const { error_format: asked } = request.query as Record<string, unknown>
  const form = asked === 'json' || asked === 'text' ? asked : isNavigation(request) ? 'page' : preset
  return send(reply.header('vary', VARY), answer, form)
}

/** Answers what is wrong with the address, the method or the body: always text, or a page to a navigation. */
export function sendPlainError(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: HttpError,
): FastifyReply {
  return send(reply, answer, isNavigation(request) ? 'page' : 'text')
}

/** No program sends this: it is the mark of an address that was clicked on or typed. */
function isNavigation(request: FastifyRequest): boolean {
  return request.headers['sec-fetch-mode'] === 'navigate'
}

const MEDIA_TYPES: Record<ErrorForm, string> = {
  text: 'text/plain',
  json: 'application/json',
  page: 'text/html',
}

function send(reply: FastifyReply, answer: HttpError, form: ErrorForm): FastifyReply {
  if (answer.reason) reply.raw.statusMessage = answer.reason
  reply
    .removeHeader('etag')
    .code(answer.status)
    .headers({
      'cache-control': 'no-store',
      ...(form === 'page' && { 'content-security-policy': POLICY }),
      ...answer.headers,
    })
  // As bytes: Node.js writes the headers together with a body that is a string, and then in the body's encoding instead of Latin-1.
  return reply.type(`${MEDIA_TYPES[form]}; charset=utf-8`).send(Buffer.from(BODIES[form](answer)))
}

const STYLE =
  ':root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem } pre { overflow-x: auto }'
const POLICY = stylePolicy(STYLE)

const BODIES: Record<ErrorForm, (answer: HttpError) => string> = {
  text: ({ text }) => text,
  json: ({ title, details, runId = null, command = null }) =>
    JSON.stringify({ error: title, details, run_id: runId, command }),
  page: ({ status, title, details, text }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status}: ${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(details)}</p>
<pre>${escapeHtml(text)}</pre>
</body>
</html>
`,
}
