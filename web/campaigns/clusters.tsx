/** Runs that do the same but for names, as one line each. */
import { request } from '../api/request.ts'
import { CampaignClustersDocument } from '../generated/graphql.ts'
import { urlOfRuns } from '../router.ts'
import { count, visible } from '../ui/format.ts'
import { More, usePages } from '../ui/more.tsx'
import type { Campaign } from './verdicts.ts'

type Cluster = Campaign['clusters']['nodes'][number]

/** Findings of a cluster that are shown. */
const SHOWN = 4

const VERDICTS: Readonly<Record<Cluster['verdict'], string>> = {
  IDENTICAL: 'identical',
  NOISE_ONLY: 'noise only',
  EXPECTED: 'expected',
  SUBSTANTIVE: 'more than noise',
  UNDECIDED: 'undecided',
}

export function Clusters({ of }: { of: Campaign }) {
  const first = { ...of.clusters, totalCount: of.clusters.totalCount ?? of.clusters.nodes.length }
  const pages = usePages<Cluster>(first, async (after) => {
    const { campaign } = await request(CampaignClustersDocument, { name: of.name, after })
    if (!('clusters' in campaign)) return null
    return { ...campaign.clusters, totalCount: campaign.clusters.totalCount ?? first.totalCount }
  })
  if (pages.nodes.length === 0) return null
  return (
    <section aria-labelledby="campaign-clusters">
      <h2 id="campaign-clusters">
        Runs that do the same <small class="total">{count(first.totalCount)}</small>
      </h2>
      <ol class="clusters">
        {pages.nodes.map((cluster) => (
          <ClusterItem key={cluster.clusterId} of={cluster} campaign={of.name} />
        ))}
      </ol>
      <More of={pages} what="groups" />
    </section>
  )
}

function ClusterItem({ of, campaign }: { of: Cluster; campaign: string }) {
  const { findings, clusterId, comparisonCount, verdict } = of
  return (
    <li class={`cluster outcome-${verdict.toLowerCase().replace('_', '-')}`}>
      <a class="size" href={urlOfRuns({ campaign, cluster: clusterId })}>
        {count(comparisonCount)} <small>{comparisonCount === 1 ? 'run' : 'runs'}</small>
      </a>
      <div>
        <strong>{VERDICTS[verdict]}</strong>
        <ul>
          {findings.slice(0, SHOWN).map(({ rule, severity, expected, path }, index) => (
            <li key={index}>
              <span
                class={`dot severity-${expected ? 'expected' : severity.toLowerCase()}`}
                aria-hidden="true"
              />
              <code>{rule}</code> {path !== '' && <code class="path">{visible(path)}</code>}
              {expected && <small> expected</small>}
            </li>
          ))}
          {findings.length > SHOWN && <li class="more">and {count(findings.length - SHOWN)} more</li>}
          {findings.length === 0 && <li class="more">without findings</li>}
        </ul>
      </div>
    </li>
  )
}
