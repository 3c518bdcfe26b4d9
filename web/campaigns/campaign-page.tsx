/** One campaign at a glance: what its runs do, what few of them do, and the way to those runs. */
import { useEffect } from 'preact/hooks'
import { request } from '../api/request.ts'
import { CampaignOverviewDocument } from '../generated/graphql.ts'
import type { RunList } from '../review/run-list.ts'
import { navigate, urlOf, urlOfRuns } from '../router.ts'
import { Chip } from '../ui/chip.tsx'
import { Failure } from '../ui/failure.tsx'
import { age, count, counted, duration, sizeChange, time, visible, words } from '../ui/format.ts'
import { Frame } from '../ui/frame.tsx'
import { Icon } from '../ui/icon.tsx'
import { useKeys } from '../ui/keys.ts'
import { Menu } from '../ui/menu.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import { BarTable, OutcomeBar } from './bars.tsx'
import { Clusters } from './clusters.tsx'
import { Rules } from './rules.tsx'
import { allOf, type Campaign, needingALook, outcomesOf } from './verdicts.ts'

export function CampaignPage({ name, list }: { name: string; list: RunList }) {
  const loaded = useLoaded((signal) => request(CampaignOverviewDocument, { name }, signal), name)
  const campaign = loaded.data?.campaign
  const lookUrl = campaign?.__typename === 'Campaign' && campaign.look.totalCount ? urlOfLook(name) : null
  useEffect(() => {
    document.title = `${name} · Differ`
  }, [name])
  useKeys('Campaign', [
    { key: 'r', help: 'refresh', run: loaded.reload },
    { key: 'l', help: 'the runs to look at', run: () => lookUrl && navigate(lookUrl) },
  ])
  return (
    <Frame view="campaigns">
      <WhenLoaded of={loaded}>
        {({ campaign: found }) =>
          found.__typename === 'Campaign' ? (
            <div class="page campaign-page">
              <header class="campaign-head">
                <h1>{visible(name)}</h1>
                <Exports name={name} />
              </header>
              <Glance of={found} />
              <Look of={found} list={list} />
              <Rules of={found} />
              <Clusters key={found.name} of={found} />
              <Expected of={found} />
              <Noise of={found} />
              <Sizes of={found} />
              <Footnotes of={found} />
            </div>
          ) : (
            <section class="page">
              <Failure of={found} retry={loaded.reload}>
                <a href={urlOf([])}>All campaigns</a>
              </Failure>
            </section>
          )
        }
      </WhenLoaded>
    </Frame>
  )
}

/** The runs with findings that need a person. */
function urlOfLook(campaign: string): string {
  return urlOfRuns({ campaign, severity: 'BAD,VERIFY', expected: 'no' })
}

function Exports({ name }: { name: string }) {
  const url = urlOf(['campaigns', name])
  return (
    <Menu label="Export" title="The numbers as files, and a feed">
      <a href={`${url}?format=csv`} download={`${name}.csv`}>
        CSV: a line for each comparison
      </a>
      <a href={`${url}?format=json`} download={`${name}.json`}>
        JSON
      </a>
      <a href={`${url}?format=markdown`} download={`${name}.md`}>
        Markdown
      </a>
      <a href={`${url}/feed`} target="_blank" rel="noreferrer">
        Atom feed <Icon name="link" />
      </a>
    </Menu>
  )
}

/** The first sentence, and the verdicts. */
function Glance({ of }: { of: Campaign }) {
  const total = allOf(of)
  const look = needingALook(of)
  const outcomes = outcomesOf(of)
  return (
    <section class="glance" aria-labelledby="campaign-verdicts">
      <p class="headline">
        {look === 0 ? (
          <>
            <strong class="good">
              {total === 1 ? 'The only comparison' : `All ${count(total)} comparisons`}
            </strong>{' '}
            {total === 1 ? 'does' : 'do'} no more than noise and what is expected.
          </>
        ) : (
          <>
            <strong>{count(total - look)}</strong> of {counted(total, 'comparison')}{' '}
            {total - look === 1 ? 'does' : 'do'} no more than noise and what is expected.{' '}
            <strong class="left">{count(look)}</strong> {look === 1 ? 'needs' : 'need'} a look.
          </>
        )}
      </p>
      <OutcomeBar of={outcomes} total={total} />
      <h2 id="campaign-verdicts">Verdicts</h2>
      <BarTable
        caption="Comparisons by verdict"
        columns={['Verdict', 'Comparisons']}
        full={total}
        bars={outcomes.map(({ style, label, query, comparisons }) => ({
          key: style,
          style: `outcome-${style}`,
          label,
          href: urlOfRuns({ campaign: of.name, ...query }),
          value: comparisons,
        }))}
      />
      {of.failures.length > 0 && (
        <p class="more">
          No summary:{' '}
          {of.failures.map((one) => `${count(one.comparisons)} ${errorWords(one.error)}`).join(', ')}.
        </p>
      )}
    </section>
  )
}

/** `ArtifactsMissingError` → `artifacts missing`. */
function errorWords(name: string): string {
  return visible(
    name
      .replace(/Error$/, '')
      .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toLowerCase(),
  )
}

/** The newest runs that need a person, and the way to all of them. */
function Look({ of: { name, look }, list }: { of: Campaign; list: RunList }) {
  const url = urlOfLook(name)
  const query = url.slice(url.indexOf('?') + 1)
  if (look.nodes.length === 0) return null
  return (
    <section aria-labelledby="campaign-look">
      <h2 id="campaign-look">Runs with bad findings, or with findings to verify</h2>
      <table class="look">
        <caption class="hidden">
          The newest runs with findings of severity BAD or VERIFY that are not expected
        </caption>
        <thead class="hidden">
          <tr>
            <th scope="col">Codebase</th>
            <th scope="col">Findings</th>
            <th scope="col">Run</th>
          </tr>
        </thead>
        <tbody>
          {look.nodes.map(({ oldRunId, newRunId, codebase, bad, verify }) => (
            <tr key={`${oldRunId} ${newRunId}`}>
              <th scope="row" class="look-cell look-name">
                {/* The next run of the session is the next one of this list. */}
                <a href={urlOf(['compare', oldRunId, newRunId])} onClick={() => list.open(query)}>
                  {visible(codebase)}
                </a>
              </th>
              <td class="look-cell">
                {bad > 0 && <Chip kind="bad">{count(bad)} bad</Chip>}
                {verify > 0 && <Chip kind="verify">{count(verify)} to verify</Chip>}
              </td>
              <td class="look-cell id">
                <small>{visible(newRunId)}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {look.totalCount !== 1 && (
        <p>
          <a class="button main" href={url}>
            {look.totalCount === null ? 'All of them' : `All ${count(look.totalCount)} of them`}
          </a>
        </p>
      )}
    </section>
  )
}

/** What the rules file says is the purpose of the campaign. */
function Expected({ of: { expected } }: { of: Campaign }) {
  if (expected.length === 0) return null
  return (
    <section aria-labelledby="campaign-expected">
      <h2 id="campaign-expected">Expected by the rules file</h2>
      <ul class="expectations">
        {expected.map(({ rules, sources, packages, paths, reason }, index) => (
          <li key={index}>
            {visible(reason)}{' '}
            <small>
              <code>{[...rules, ...sources, ...packages, ...paths].map(visible).join(', ')}</code>
            </small>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Noise({ of: { noise, comparisonCount } }: { of: Campaign }) {
  if (noise.length === 0) return null
  return (
    <section aria-labelledby="campaign-noise">
      <h2 id="campaign-noise">Noise</h2>
      <BarTable
        caption="Comparisons by class of noise"
        columns={['Class', 'Files', 'Comparisons']}
        full={comparisonCount}
        bars={noise.map((one) => ({
          key: one.class,
          style: 'noise-bar',
          label: visible(one.description),
          href: null,
          value: one.comparisons,
          cells: [<small key="files">{counted(one.files, 'file')}</small>],
        }))}
      />
    </section>
  )
}

function Sizes({ of: { packages, oldSize, newSize } }: { of: Campaign }) {
  return (
    <section aria-labelledby="campaign-packages">
      <h2 id="campaign-packages">Packages</h2>
      <ul class="figures">
        <li>
          <strong>{sizeChange(newSize - oldSize)}</strong> in all
        </li>
        {packages.map((one) => (
          <li key={one.change}>
            <strong class={`change ${one.change.toLowerCase()}`}>{count(one.packages)}</strong>{' '}
            {words(one.change)} <small class="detail">in {counted(one.comparisons, 'comparison')}</small>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What the numbers do not say. */
function Footnotes({ of }: { of: Campaign }) {
  return (
    <p class="more">
      {of.undecidedComparisons > 0 &&
        `In ${counted(of.undecidedComparisons, 'comparison')}, something could not be compared. `}
      {of.incompleteComparisons > 0 &&
        `${counted(of.incompleteComparisons, 'comparison')} had too many findings to list all. `}
      {of.outdatedComparisons > 0 &&
        `${counted(of.outdatedComparisons, 'comparison')} ${of.outdatedComparisons === 1 ? 'was' : 'were'} judged before the rules changed; they are made anew in the background. `}
      The newest run finished <time title={time(of.newestRunTime)}>{age(of.newestRunTime)}</time>.{' '}
      {of.lagSeconds >= 1
        ? `The numbers are ${duration(of.lagSeconds * 1000)} behind.`
        : 'The numbers are up to date.'}
    </p>
  )
}
