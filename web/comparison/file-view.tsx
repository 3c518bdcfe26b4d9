/** One file of a comparison: its lines, its picture, or why there is no report. */
import { useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { FilePageDocument, MakeFileDocument, type PictureFactsFragment } from '../generated/graphql.ts'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { ReportView } from '../report/report-view.tsx'
import { fileKey, markFile } from '../review/viewed.ts'
import { changeQuery } from '../router.ts'
import { announce } from '../ui/announce.ts'
import { Failure } from '../ui/failure.tsx'
import { type FileAddress, NO_FILE } from '../ui/file-address.ts'
import { size, visible } from '../ui/format.ts'
import { hideOf } from '../ui/hide.ts'
import { Icon } from '../ui/icon.tsx'
import { useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import { useViewedFiles } from './use-viewed-files.ts'

export interface FileViewProps {
  readonly pair: Pair
  readonly file: FileAddress
  readonly filter: boolean
  readonly query: URLSearchParams
}

export function FileView({ pair, file, filter, query }: FileViewProps) {
  const loaded = useLoaded(
    (signal) => loadFile(pair, file, filter, signal),
    `${pair.old}\n${pair.new}\n${JSON.stringify(file)}\n${filter}`,
  )
  const { reload } = loaded
  const load = async (on: boolean) => {
    const comparison = await loadFile(pair, file, on)
    const report = comparison.__typename === 'Comparison' ? comparison.file : null
    return report?.__typename === 'FileReport' ? report : null
  }
  const start = async () => {
    const { makeDiffs } = await request(MakeFileDocument, { ...pair, ...file })
    if (makeDiffs.__typename !== 'MakeDiffsPayload') return makeDiffs
    const { job, report } = makeDiffs
    if (job) return { job }
    return report === null || report.__typename === 'FileReport' ? null : report
  }
  const key = fileKey(file.package, file.path)
  const isViewed = useViewedFiles(pair).has(key)
  const close = () => changeQuery({ at: null, ...NO_FILE })
  useKeys('File', [
    { key: 'u', help: 'back to all files', run: close },
    { key: 'v', help: 'file viewed or not', run: () => markFile(pair, key, !isViewed) },
  ])
  return (
    <>
      <header class="file-header">
        <h2>
          <code>{visible(file.path)}</code> <small>of {visible(file.package)}</small>
        </h2>
        <button type="button" class="tool" title="Copy the path" onClick={() => void copyPath(file.path)}>
          <Icon name="copy" /> <span class="hidden">Copy the path</span>
        </button>
        <label class="switch">
          <input
            type="checkbox"
            checked={isViewed}
            onChange={(event) => markFile(pair, key, event.currentTarget.checked)}
          />
          <span>File viewed</span>
        </label>
        <button type="button" onClick={close} title="Back to all files (u)">
          All files
        </button>
      </header>
      <WhenLoaded of={loaded}>
        {(comparison) => {
          if (comparison.__typename !== 'Comparison') return <Failure of={comparison} retry={reload} />
          const report = comparison.file
          if (report.__typename !== 'FileReport')
            return <NotReady of={report} pair={pair} start={start} reload={reload} />
          const name = file.path.split('/').at(-1) ?? 'file'
          return (
            <>
              <Pictures old={report.oldPicture ?? null} newer={report.newPicture ?? null} />
              <ReportView key={report.id} report={report} gone={reload} {...{ pair, query, load, name }} />
            </>
          )
        }}
      </WhenLoaded>
    </>
  )
}

async function copyPath(path: string): Promise<void> {
  // Without HTTPS there is no clipboard.
  const copied = navigator.clipboard?.writeText(path) ?? Promise.reject(new Error('no clipboard'))
  await copied.then(
    () => announce('Path copied', true),
    () => announce('This browser does not copy without HTTPS', true),
  )
}

/** Without the summary it is not known what noise is: then nothing is hidden. */
async function loadFile(pair: Pair, file: FileAddress, filter: boolean, signal?: AbortSignal) {
  const loadWith = async (on: boolean) =>
    (await request(FilePageDocument, { ...pair, ...file, ...hideOf(on) }, signal)).comparison
  const comparison = await loadWith(filter)
  const lacksSummary =
    comparison.__typename === 'Comparison' && comparison.file.__typename === 'DiffNotReadyError'
  return filter && lacksSummary ? loadWith(false) : comparison
}

interface PicturesProps {
  readonly old: PictureFactsFragment | null
  readonly newer: PictureFactsFragment | null
}

/** Both sides of a picture beside each other. */
function Pictures({ old, newer }: PicturesProps) {
  const [isShown, setIsShown] = useState(true)
  if (!old && !newer) return null
  return (
    <section class="pictures" aria-label="Pictures">
      <button type="button" aria-expanded={isShown} onClick={() => setIsShown(!isShown)}>
        {isShown ? 'Hide pictures' : 'Show as pictures'}
      </button>
      {isShown && (
        <div class="sides">
          <PictureSide title="Old" of={old} />
          <PictureSide title="New" of={newer} />
        </div>
      )}
    </section>
  )
}

function PictureSide({ title, of }: { title: string; of: PictureFactsFragment | null }) {
  if (!of) return <p class="empty">{title}: no picture</p>
  const { pathname, search } = new URL(of.url)
  const facts = `${of.width} × ${of.height}, ${size(of.size)}`
  return (
    <figure>
      <img src={pathname + search} width={of.width} height={of.height} alt={`${title} picture, ${facts}`} />
      <figcaption>
        {title}: {facts}
      </figcaption>
    </figure>
  )
}
