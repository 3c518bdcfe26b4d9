/** What the routes that send diffs have in common. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Format, RenderOptions } from '../diff/rendering/format.ts'
import type { StoredDiff } from '../diff/stored/stored-diffs.ts'
import type { StoredFile } from '../diff/stored/stored-file.ts'
import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import { parseHide } from '../diff/summary/noise-classes.ts'
import { UsageError } from '../errors.ts'
import type { FileAddress, ResultKind, RunPair } from '../model.ts'
import type { ByteBudget } from '../requests/byte-budget.ts'
import type { BodyCache } from '../responses/body-cache.ts'
import { type HttpError, internalError } from '../responses/http-error.ts'
import type { Body } from '../responses/send-body.ts'
import { type ErrorFormat, sendError } from '../responses/send-error.ts'
import type { CampaignService } from '../services/campaign-service.ts'
import type { DiffService } from '../services/diff-service.ts'
import type { PrecacheService } from '../services/precache-service.ts'
import type { MakingRules } from './get-diff.ts'
import { legacyError } from './legacy-errors.ts'

export interface RestServices {
  /** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
  readonly loadPair: (oldId: string, newId: string) => Promise<RunPair>
  readonly diffService: DiffService
  readonly budget: ByteBudget
  /** Who may make missing diffs by GET. */
  readonly making: MakingRules
  readonly precacheService: PrecacheService
  readonly campaigns: CampaignService
  /** URL of this service for clients, without a trailing slash. */
  readonly baseUrl: () => string
  /** The form of error bodies if the query does not choose one. */
  readonly errorFormat: ErrorFormat
  /** The path before every path of this service, for links within pages: empty, or like `/differ`. */
  readonly basePath: string
  readonly bodyCache: BodyCache
}

type QueryValue = string | string[] | undefined

/** Requests with a query string. */
export interface QueryRequest {
  Querystring: Record<string, QueryValue>
}

/** Requests of a route that names two runs. */
export interface PairRequest extends QueryRequest {
  Params: { old: string; new: string }
}

export type Handler<R extends QueryRequest = PairRequest> = (
  request: FastifyRequest<R>,
  reply: FastifyReply,
) => Promise<FastifyReply>

/** An error that is its own response. */
export class ResponseError extends Error {
  readonly response: HttpError
  constructor(response: HttpError) {
    super(response.text)
    this.response = response
  }
}

/**
 * A handler that sends a response for each error that the given one throws.
 * @param kindOf what a request asks for
 */
export function answeringErrors<R extends QueryRequest>(
  kindOf: (request: FastifyRequest<R>) => ResultKind,
  errorFormat: ErrorFormat,
  handler: Handler<R>,
): Handler<R> {
  return async (request, reply) => {
    try {
      return await handler(request, reply)
    } catch (error) {
      // The client is gone. Most often the error says just that.
      if (request.signal.aborted) return reply.hijack()
      return sendError(request, reply, responseTo(error, kindOf(request), request), errorFormat)
    }
  }
}

function responseTo(error: unknown, kind: ResultKind, request: { id: string; log: unknown }): HttpError {
  if (error instanceof ResponseError) return error.response
  const expected = legacyError(error, kind)
  if (expected) return expected
  const log = request.log as Logger
  log.error({ err: error, reference: request.id }, 'a request failed unexpectedly')
  return internalError(request.id)
}

/**
 * How a request wants a diff rendered.
 * @param loadSummary loads the summary of the pair, which says what is noise; called if noise is to be hidden
 * @throws ResponseError (400) for an unknown class of noise; the errors of `loadSummary`
 */
export async function renderOptions(
  query: Record<string, QueryValue>,
  basePath: string,
  loadSummary: () => Promise<StoredSummary>,
): Promise<RenderOptions> {
  const classes = hiddenClasses(lastValue(query.hide))
  return {
    // Two filters at once would hide what neither explains.
    filterBoring: 'filter_boring' in query && classes.length === 0,
    hide: classes.length > 0 ? (await loadSummary()).hide(classes) : undefined,
    cssUrl: stylesheetUrl(lastValue(query.css_url)),
    basePath,
    isPage: 'page' in query,
  }
}

function hiddenClasses(text = ''): readonly string[] {
  try {
    return parseHide(text)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const { message } = error
    throw new ResponseError({ status: 400, text: message, title: 'Invalid parameter', details: message })
  }
}

/** The file that a query names. @throws ResponseError (400) if it names none */
export function fileAddressIn(query: Record<string, QueryValue>): FileAddress {
  const { package: name, path, old_path: oldPath = null, old_package: oldPackage = null } = lastValues(query)
  if (name !== undefined && path !== undefined) return { package: name, path, oldPath, oldPackage }
  const text =
    'Name a file: ?package=NAME&path=PATH, and &old_path=PATH or &old_package=NAME if it was elsewhere'
  throw new ResponseError({ status: 400, text, title: 'No file named', details: text })
}

/** A stored diff in one format, to be sent. `cacheControl` and `vary` depend on the route. */
export function bodyOf(
  stored: StoredDiff | StoredFile,
  format: Format,
  options: RenderOptions,
): Pick<Body, 'policy' | 'body' | 'stored'> & { readonly etag: string } {
  const compressed = stored.compressed(format, options)
  return {
    etag: stored.etag(format, options),
    ...(format === 'html' && { policy: stored.policy(options) }),
    body: () => stored.render(format, options),
    ...(compressed && { stored: compressed }),
  }
}

/**
 * Counts what rendering a diff takes, until the response has been sent. A report is read piece by piece; a
 * debdiff is parsed in sections, of which one may be as large as the whole.
 * @throws OverloadedError if unfinished responses take too much already
 */
export function countRendering(
  { kind, entry }: StoredDiff | StoredFile,
  format: Format,
  { filterBoring, hide }: RenderOptions,
  { budget }: RestServices,
  ...[request, reply]: [request: FastifyRequest<PairRequest>, reply: FastifyReply]
): void {
  if (kind !== 'debdiff' || (format === 'text' && !filterBoring && !hide)) return
  countBytes(entry.sizeBytes, budget, request, reply)
}

/** Counts bytes until the response has been sent. @throws OverloadedError as `countRendering` */
export function countBytes(
  sizeBytes: number,
  budget: ByteBudget,
  ...[request, reply]: [request: { readonly ip: string }, reply: FastifyReply]
): void {
  const bytes = budget.open(request.ip)
  reply.raw.once('close', () => bytes.close())
  bytes.chargeAnySize(sizeBytes)
}

function lastValues(query: Record<string, QueryValue>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(query).map(([name, values]) => [name, lastValue(values)]))
}

/** The last value of a query parameter that may be repeated. */
export function lastValue(values: QueryValue): string | undefined {
  return Array.isArray(values) ? values.at(-1) : values
}

const MAX_URL_LENGTH = 2048
/** To resolve relative URLs against. */
const ANY_BASE = 'http://relative.invalid/'

/**
 * The URL if a browser would only fetch it as a stylesheet: http(s), or relative to this service. Else
 * undefined.
 */
export function stylesheetUrl(url: string | undefined): string | undefined {
  if (!url || url.length > MAX_URL_LENGTH || !URL.canParse(url, ANY_BASE)) return undefined
  return /^https?:$/.test(new URL(url, ANY_BASE).protocol) ? url : undefined
}
