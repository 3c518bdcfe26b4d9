/** All campaigns that the state knows, one line each. */
import { useEffect, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { CampaignListDocument, type CampaignListQuery } from '../generated/graphql.ts'
import { urlOf, urlOfRuns } from '../router.ts'
import { age, count, counted, time, visible } from '../ui/format.ts'
import { Frame } from '../ui/frame.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import { OutcomeBar } from './bars.tsx'
import { allOf, needingALook, outcomesOf } from './verdicts.ts'

type Campaign = CampaignListQuery['campaigns']['nodes'][number]

/** Campaigns per request. */
const PAGE = 100

export function CampaignsPage() {
  const loaded = useLoaded(loadAll, '')
  useEffect(() => {
    document.title = 'Campaigns · Differ'
  }, [])
  return (
    <Frame view="campaigns">
      <WhenLoaded of={loaded}>
        {(campaigns) => (
          <section class="page campaigns-page">
            <h1>Campaigns</h1>
            {campaigns.length === 0 ? <NoCampaigns /> : <CampaignTable of={campaigns} />}
          </section>
        )}
      </WhenLoaded>
    </Frame>
  )
}

/** A farm has tens of campaigns, rarely hundreds. */
async function loadAll(signal: AbortSignal): Promise<Campaign[]> {
  const all: Campaign[] = []
  for (let after: string | null = null; ; ) {
    const answer: CampaignListQuery = await request(CampaignListDocument, { first: PAGE, after }, signal)
    all.push(...answer.campaigns.nodes)
    after = answer.campaigns.pageInfo.endCursor
    if (!answer.campaigns.pageInfo.hasNextPage || after === null) return all
  }
}

function NoCampaigns() {
  return (
    <div class="not-ready">
      <p>
        No summary of a run is known yet. Differ makes them when somebody opens a comparison, or in the
        background:
      </p>
      <p>
        <code>differ precache --campaign lintian-fixes --summaries</code>
      </p>
      <p>
        <a href={urlOfRuns()}>All runs</a>
      </p>
    </div>
  )
}

const ORDERS = {
  look: {
    label: 'What needs a look',
    compare: (a: Campaign, b: Campaign) => needingALook(b) - needingALook(a),
  },
  newest: {
    label: 'Newest run',
    compare: (a: Campaign, b: Campaign) => Date.parse(b.newestRunTime) - Date.parse(a.newestRunTime),
  },
  name: { label: 'Name', compare: () => 0 },
} as const

type Order = keyof typeof ORDERS

function CampaignTable({ of }: { of: readonly Campaign[] }) {
  const [order, setOrder] = useState<Order>('look')
  const sorted = of.toSorted(ORDERS[order].compare)
  return (
    <>
      <p class="toolbar">
        <span>{counted(of.length, 'campaign')}</span>
        <label class="order">
          <span>Order</span>
          <select value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
            {Object.entries(ORDERS).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </p>
      <table class="campaign-list">
        <thead>
          <tr>
            <th scope="col">Campaign</th>
            <th scope="col">Comparisons by verdict</th>
            <th scope="col" class="number">
              To look at
            </th>
            <th scope="col" class="number">
              All
            </th>
            <th scope="col">Newest run</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((campaign) => (
            <CampaignRow key={campaign.name} of={campaign} />
          ))}
        </tbody>
      </table>
    </>
  )
}

function CampaignRow({ of }: { of: Campaign }) {
  const outcomes = outcomesOf(of)
  const look = needingALook(of)
  return (
    <tr>
      <th scope="row" class="name-cell">
        <a href={urlOf(['campaigns', of.name])}>{visible(of.name)}</a>
      </th>
      <td class="division">
        <OutcomeBar of={outcomes} total={allOf(of)} />
        <small class="division-text">
          {outcomes
            .map(({ label, comparisons }) => `${count(comparisons)} ${label.toLowerCase()}`)
            .join(', ')}
        </small>
      </td>
      <td class="number" data-label="to look at">
        {look === 0 ? <span class="good">0</span> : count(look)}
      </td>
      <td class="number" data-label="in all">
        {count(allOf(of))}
      </td>
      <td class="finished">
        <time dateTime={of.newestRunTime} title={time(of.newestRunTime)}>
          {age(of.newestRunTime)}
        </time>
      </td>
    </tr>
  )
}
