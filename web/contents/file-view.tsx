/** One file of a comparison: its lines, its picture, or why there is no report. */

import { useState } from 'preact/hooks'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { NO_PLACE } from '../report/anchor.ts'
import { newReportMemory } from '../report/memory.ts'
import { ReportView } from '../report/report-view.tsx'
import { fileKey, markFile } from '../review/viewed.ts'
import { changeQuery } from '../router.ts'
import { copyPath } from '../ui/copy-text.ts'
import { Failure } from '../ui/failure.tsx'
import { type FileAddress, NO_FILE } from '../ui/file-address.ts'
import { visible } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import { loadFile, makeFile } from './load-file.ts'
import { Pictures } from './pictures.tsx'
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
  const [memory] = useState(newReportMemory)
  const load = async (on: boolean) => {
    const comparison = await loadFile(pair, file, on)
    const report = comparison.__typename === 'Comparison' ? comparison.file : null
    return report?.__typename === 'FileReport' ? report : null
  }
  const key = fileKey(file.package, file.path)
  const isViewed = useViewedFiles(pair).has(key)
  const close = () => changeQuery({ ...NO_PLACE, ...NO_FILE })
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
            return <NotReady of={report} pair={pair} start={() => makeFile(pair, file)} reload={reload} />
          const name = file.path.split('/').at(-1) ?? 'file'
          return (
            <>
              <Pictures old={report.oldPicture ?? null} newer={report.newPicture ?? null} />
              <ReportView
                key={report.id}
                report={report}
                gone={reload}
                {...{ pair, query, load, memory, name }}
              />
            </>
          )
        }}
      </WhenLoaded>
    </>
  )
}
