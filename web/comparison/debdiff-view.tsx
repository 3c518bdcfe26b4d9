/** A debdiff: control fields side by side, lists of files as trees. */
import { request } from '../api/request.ts'
import { DebdiffPageDocument } from '../generated/graphql.ts'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { Downloads } from '../ui/downloads.tsx'
import { Failure } from '../ui/failure.tsx'
import { FilterSwitch } from '../ui/filter-switch.tsx'
import { visible } from '../ui/format.ts'
import { hideOf } from '../ui/hide.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import { ControlFields } from './control-fields.tsx'
import { FileList } from './file-list.tsx'
import { type ListedSection, type Section, withoutRepetition } from './section.ts'

export function DebdiffView({ pair, filter }: { pair: Pair; filter: boolean }) {
  const loaded = useLoaded(
    (signal) => request(DebdiffPageDocument, { ...pair, ...hideOf(filter) }, signal),
    `${pair.old}\n${pair.new}\n${filter}`,
  )
  const { reload } = loaded
  return (
    <WhenLoaded of={loaded}>
      {({ comparison }) => {
        if (comparison.__typename !== 'Comparison') return <Failure of={comparison} retry={reload} />
        const { debdiff } = comparison
        if (debdiff.__typename !== 'Debdiff') return <NotReady of={debdiff} pair={pair} reload={reload} />
        return (
          <div class="page debdiff">
            <div class="toolbar">
              <FilterSwitch on={filter} />
              <Downloads of={debdiff} name={`debdiff_${pair.old}_${pair.new}`} />
            </div>
            {debdiff.isEmpty && <p class="empty">No differences{filter && ' apart from noise'}.</p>}
            {withoutRepetition(debdiff.sections).map(({ section, index, packages }) => (
              <DebdiffSection key={index} of={section} {...{ index, packages, pair, filter }} />
            ))}
          </div>
        )
      }}
    </WhenLoaded>
  )
}

interface DebdiffSectionProps extends Pick<ListedSection, 'index' | 'packages'> {
  readonly of: Section
  readonly pair: Pair
  readonly filter: boolean
}

function DebdiffSection({ packages, ...props }: DebdiffSectionProps) {
  const { of } = props
  if (of.__typename === 'DebdiffControlFields') return <ControlFields of={of} packages={packages} />
  if (of.__typename === 'DebdiffFileList') return <FileList {...props} of={of} />
  const lines = of.__typename === 'DebdiffPackageList' ? of.packages : of.lines
  return (
    <section class="section">
      {of.title && <h2 title={visible(of.title)}>{titleOf(of.title)}</h2>}
      {of.__typename === 'DebdiffPackageList' ? (
        <ul class="names">
          {lines.map((line) => (
            <li key={line}>
              <code>{visible(line)}</code>
            </li>
          ))}
        </ul>
      ) : (
        <p class="note">{lines.map(visible).join('\n')}</p>
      )}
    </section>
  )
}

/** What debdiff prints above lists of packages, in fewer words. */
const TITLES: readonly (readonly [RegExp, string])[] = [
  [/ in the first list but not in the second:$/, 'Removed packages'],
  [/ in the second list but not in the first:$/, 'Added packages'],
]

function titleOf(title: string): string {
  return TITLES.find(([pattern]) => pattern.test(title))?.[1] ?? visible(title)
}
