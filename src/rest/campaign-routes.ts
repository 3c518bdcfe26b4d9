/** `/campaigns/NAME`: what the runs of a campaign do, as JSON, Markdown or CSV; `/campaigns/NAME/feed`: its Atom feed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SEVERITIES, type Severity, type Verdict } from '../diff/summary/types.ts'
import { UsageError } from '../errors.ts'
import { negotiate } from '../requests/mimeparse.ts'
import { sendBody } from '../responses/send-body.ts'
import {
  type CampaignService,
  type ComparisonsRequest,
  comparisonCursor,
  isSignature,
} from '../services/campaign-service.ts'
import type { CampaignOverview } from '../state/campaign-queries.ts'
import type { ComparisonFilter } from '../state/comparison-filter.ts'
import {
  type CampaignReport,
  CSV_HEAD,
  campaignFeed,
  campaignJson,
  campaignMarkdown,
  csvLine,
} from './campaign-forms.ts'
import {
  answeringErrors,
  countBytes,
  lastValue,
  type QueryRequest,
  ResponseError,
  type RestServices,
} from './diff-response.ts'
import { notAcceptable } from './legacy-errors.ts'

interface CampaignRequest extends QueryRequest {
  Params: { name: string }
}

type Page = Parameters<typeof sendBody>[2]

const HTML = 'text/html'
/** In the order that decides ties: the last one wins. */
const MEDIA_TYPES = ['text/csv', 'text/markdown', 'application/json'] as const
/** Names for links, which cannot say what they accept. */
const FORMATS = { csv: 'text/csv', markdown: 'text/markdown', json: 'application/json' } as const
const MAX_CLUSTERS = 20
const DEFAULT_PAGE = 100
const MAX_PAGE = 1_000
const FEED_ENTRIES = 50
/** About what a comparison of a report takes in memory. */
const BYTES_PER_COMPARISON = 1_000
const VERDICTS: readonly Verdict[] = ['IDENTICAL', 'NOISE_ONLY', 'SUBSTANTIVE', 'UNDECIDED', 'EXPECTED']

/** @param webPage for browsers; null if it has not been built */
export function registerCampaigns(
  server: FastifyInstance,
  services: RestServices,
  webPage: Page | null,
): void {
  const { campaigns, errorFormat, budget, baseUrl } = services
  const answering = (
    handler: (request: FastifyRequest<CampaignRequest>, reply: FastifyReply) => Promise<FastifyReply>,
  ) => answeringErrors<CampaignRequest>(() => 'summary', errorFormat, handler)
  const head = { etag: null, cacheControl: 'no-cache', vary: 'Accept' }
  server.get<CampaignRequest>(
    '/campaigns/:name',
    answering(async (request, reply) => {
      const { params, headers, query, ip } = request
      const mediaType = mediaTypeFor(query, headers.accept, webPage !== null)
      if (webPage && mediaType === HTML)
        return sendBody(request, reply, { ...webPage, vary: 'Accept, Accept-Encoding' })
      const filter = filterIn(query)
      const page = pageIn(query)
      const campaign = await campaigns.find(params.name, ip)
      const type = `${mediaType}; charset=utf-8`
      if (mediaType === 'text/csv')
        return sendBody(request, reply, {
          ...head,
          contentType: type,
          body: () => csv(campaigns, campaign, filter, ip),
        })
      countBytes(page.count * BYTES_PER_COMPARISON, budget, request, reply)
      const report = await reportOf(campaigns, campaign, { ...page, filter }, ip)
      const text = mediaType === 'text/markdown' ? campaignMarkdown(report) : campaignJson(report)
      return sendBody(request, reply, { ...head, contentType: type, body: Buffer.from(text) })
    }),
  )
  server.get<CampaignRequest>(
    '/campaigns/:name/feed',
    answering(async (request, reply) => {
      const campaign = await campaigns.find(request.params.name, request.ip)
      const filter = { severity: ['BAD', 'VERIFY'] as const, expected: false }
      const wanted = { count: FEED_ENTRIES, filter, distinctRuns: true }
      const [{ items } = NOTHING] = await campaigns.comparisons([campaign], wanted, request.ip)
      const body = Buffer.from(campaignFeed(campaign, items, baseUrl()))
      return sendBody(request, reply, { ...head, contentType: 'application/atom+xml; charset=utf-8', body })
    }),
  )
}

/** @throws ResponseError (400, 406) */
function mediaTypeFor(query: QueryRequest['Querystring'], accept: string | undefined, hasPage: boolean) {
  const format = lastValue(query.format)
  if (format !== undefined) return FORMATS[oneOf('format', ['csv', 'markdown', 'json'], format)]
  const offered = [...(hasPage ? ([HTML] as const) : []), ...MEDIA_TYPES]
  const found = negotiate(offered, accept)
  if (!found) throw new ResponseError(notAcceptable(offered))
  return found
}

const NOTHING = { items: [], hasNext: false, hasPrevious: false } as const

async function reportOf(
  campaigns: CampaignService,
  campaign: CampaignOverview,
  request: ComparisonsRequest,
  client: string,
): Promise<CampaignReport> {
  const [[counts = []], [rules = []], [clusters = NOTHING], [comparisons = NOTHING]] = await Promise.all([
    campaigns.counts([campaign], client),
    campaigns.rules([campaign], 'RAREST', client),
    campaigns.clusters([campaign], { count: MAX_CLUSTERS }, client),
    campaigns.comparisons([campaign], request, client),
  ]).catch(badRequestOf)
  const last = comparisons.items.at(-1)
  return {
    ...{
      campaign,
      lagSeconds: campaigns.lagSeconds,
      outdated: campaigns.outdatedIn(campaign),
      counts,
      rules,
    },
    clusters: clusters.items,
    hasMoreClusters: clusters.hasNext,
    comparisons: comparisons.items,
    next: comparisons.hasNext && last ? comparisonCursor(last) : null,
  }
}

/** All comparisons that match, page by page, so that memory does not grow with their number. */
async function* csv(
  campaigns: CampaignService,
  campaign: CampaignOverview,
  filter: ComparisonFilter,
  client: string,
): AsyncGenerator<Uint8Array, void, void> {
  let after: string | undefined
  let head = CSV_HEAD
  do {
    const [{ items, hasNext } = NOTHING] = await campaigns.comparisons(
      [campaign],
      { count: MAX_PAGE, after, filter },
      client,
    )
    yield Buffer.from(head + items.map(csvLine).join(''))
    head = ''
    const last = items.at(-1)
    after = hasNext && last ? comparisonCursor(last) : undefined
  } while (after !== undefined)
}

/** @throws ResponseError (400) */
function filterIn(query: QueryRequest['Querystring']): ComparisonFilter {
  const values = (name: string) => [query[name] ?? []].flat().flatMap((text) => text.split(','))
  const value = (name: string) => lastValue(query[name])
  const verdict = values('verdict').map((text) =>
    text === 'FAILED' ? null : oneOf('verdict', VERDICTS, text),
  )
  const severity = values('severity').map((text): Severity => oneOf('severity', SEVERITIES, text))
  const rule = values('rule')
  const [name, path, cluster] = [value('package'), value('path'), value('cluster')]
  const expected = value('expected')
  if (cluster !== undefined && !isSignature(cluster)) throw badRequest(`cluster=${cluster} is not a cluster`)
  return {
    ...(verdict.length > 0 && { verdict }),
    ...(severity.length > 0 && { severity }),
    ...(rule.length > 0 && { rule }),
    ...(name !== undefined && { package: name }),
    ...(path !== undefined && { path }),
    ...(expected !== undefined && { expected: oneOf('expected', ['true', 'false'], expected) === 'true' }),
    ...(cluster !== undefined && { signature: cluster }),
  }
}

/** @throws ResponseError (400) */
function pageIn(query: QueryRequest['Querystring']): { count: number; after: string | undefined } {
  const text = lastValue(query.first) ?? String(DEFAULT_PAGE)
  const count = Number(text)
  if (!/^\d{1,4}$/.test(text) || count < 1 || count > MAX_PAGE)
    throw badRequest(`first=${text} must be a number from 1 to ${MAX_PAGE}`)
  return { count, after: lastValue(query.after) }
}

function oneOf<const T extends string>(name: string, allowed: readonly T[], text: string): T {
  const found = allowed.find((one) => one === text)
  if (found === undefined) throw badRequest(`${name}=${text} must be one of ${allowed.join(', ')}`)
  return found
}

function badRequestOf(error: unknown): never {
  throw error instanceof UsageError ? badRequest(error.message) : error
}

function badRequest(message: string): ResponseError {
  return new ResponseError({ status: 400, text: message, title: 'Invalid parameter', details: message })
}
