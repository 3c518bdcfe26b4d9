/** Links to the build farm's own pages. The service's operator sets their templates. */
import { Icon } from './icon.tsx'

/** What a template may contain in braces. */
export interface FarmRun {
  readonly runId: string
  readonly campaign: string
  readonly codebase: string
  readonly source: string | null
}

/** The page of a run: its log, its merge proposal. Null without a template. */
export function runUrl(run: FarmRun): string | null {
  return fill(templateOf('differ-run-url'), run)
}

/** Where a run is approved or rejected. Null without a template. */
export function reviewUrl(run: FarmRun, verdict: string): string | null {
  return fill(templateOf('differ-review-url'), run, verdict)
}

export function FarmLinks({ run }: { run: FarmRun }) {
  const asksForVerdict = templateOf('differ-review-url')?.includes('{verdict}')
  const links: readonly (readonly [string, string | null])[] = [
    ['Run', runUrl(run)],
    ...(asksForVerdict
      ? ([
          ['Approve', reviewUrl(run, 'approve')],
          ['Reject', reviewUrl(run, 'reject')],
        ] as const)
      : ([['Review', reviewUrl(run, '')]] as const)),
  ]
  return (
    <>
      {links.map(
        ([label, url]) =>
          url !== null && (
            <a key={label} class="button" href={url} target="_blank" rel="noreferrer">
              {label} <Icon name="link" />
              <span class="hidden">, opens the build farm in a new tab</span>
            </a>
          ),
      )}
    </>
  )
}

/** The service writes the templates into the page. */
function templateOf(name: string): string | null {
  return document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content || null
}

function fill(template: string | null, run: FarmRun, verdict = ''): string | null {
  if (template === null) return null
  const values: Readonly<Record<string, string>> = {
    run: run.runId,
    campaign: run.campaign,
    codebase: run.codebase,
    source: run.source ?? run.codebase,
    verdict,
  }
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? encodeURIComponent(values[name] ?? '') : whole,
  )
}
