/** The packages of both runs, those that differ in something that matters first. */
import { sizeChange, visible, words } from '../ui/format.ts'
import type { PackageFacts } from './summary.ts'

const VERDICTS = ['SUBSTANTIVE', 'UNDECIDED', 'EXPECTED', 'NOISE_ONLY', 'IDENTICAL'] as const

export function PackageList({ packages }: { packages: readonly PackageFacts[] }) {
  const sorted = VERDICTS.flatMap((one) => packages.filter(({ verdict }) => verdict === one))
  return (
    <section class="scrolls" aria-labelledby="answer-packages" tabindex={0}>
      <h2 id="answer-packages">Packages</h2>
      <table class="packages">
        <thead>
          <tr>
            <th scope="col">Package</th>
            <th scope="col">Change</th>
            <th scope="col">Differs by</th>
            <th scope="col">Version</th>
            <th scope="col" class="number">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((one, index) => (
            <PackageRow key={index} of={one} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

const DIFFERS: Readonly<Record<PackageFacts['verdict'], string>> = {
  SUBSTANTIVE: 'more than noise',
  UNDECIDED: 'not known',
  EXPECTED: 'what is expected',
  NOISE_ONLY: 'noise alone',
  IDENTICAL: 'nothing',
}

function PackageRow({ of }: { of: PackageFacts }) {
  const { oldVersion = null, newVersion = null } = of
  const isSame = oldVersion === newVersion
  return (
    <tr>
      <th scope="row">{visible(of.package)}</th>
      <td>
        <span class={`change ${of.change.toLowerCase()}`}>{words(of.change)}</span>
      </td>
      <td class={`differs ${of.verdict.toLowerCase()}`}>{DIFFERS[of.verdict]}</td>
      <td class="versions">
        {isSame
          ? visible(newVersion ?? '')
          : [oldVersion, newVersion].map((one) => visible(one ?? '–')).join(' → ')}
      </td>
      <td class="number">{sizeChange((of.newSize ?? 0) - (of.oldSize ?? 0))}</td>
    </tr>
  )
}
