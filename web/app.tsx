/** Chooses the view of the route. */
import { useState } from 'preact/hooks'
import { CampaignPage } from './campaigns/campaign-page.tsx'
import { CampaignsPage } from './campaigns/campaigns-page.tsx'
import { ComparisonPage } from './comparison/comparison-page.tsx'
import { QueuePage } from './queue/queue-page.tsx'
import { RunList } from './review/run-list.ts'
import { hasCampaigns, type Route, urlOfRuns, useRoute } from './router.ts'
import { RunsPage } from './runs/runs-page.tsx'
import { Frame } from './ui/frame.tsx'

export function App() {
  const route = useRoute()
  const [list] = useState(() => new RunList())
  return (
    <>
      <View {...route} list={list} />
      <div id="announcements" class="hidden" role="status" aria-live="polite" />
    </>
  )
}

function View({ path, query, list }: Route & { readonly list: RunList }) {
  const [view = '', old = '', newer = ''] = path
  if (view === '' && hasCampaigns()) return <CampaignsPage />
  if (view === '' || view === 'runs') return <RunsPage query={query} list={list} />
  if (view === 'campaigns' && old) return <CampaignPage key={old} name={old} list={list} />
  if (view === 'queue') return <QueuePage query={query} />
  if (view === 'compare' && old && newer)
    return <ComparisonPage key={`${old}\n${newer}`} oldId={old} newId={newer} query={query} list={list} />
  return (
    <Frame>
      <section class="page">
        <h1>Page not found</h1>
        <p>
          <a href={urlOfRuns()}>Back to runs</a>
        </p>
      </section>
    </Frame>
  )
}
