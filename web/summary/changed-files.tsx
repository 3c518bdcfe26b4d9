/** Files that differ by more than noise. */

import type { Pair } from '../pair.ts'
import { urlOf } from '../router.ts'
import { urlOfFile } from '../ui/file-address.ts'
import { count, visible, words } from '../ui/format.ts'
import type { ChangedFile, Summary } from './summary.ts'

export function ChangedFiles({ of: { substantive }, pair }: { of: Summary; pair: Pair }) {
  if (substantive.totalCount === 0) return null
  const left = substantive.totalCount - substantive.nodes.length
  return (
    <section class="changed-files" aria-labelledby="answer-files">
      <h2 id="answer-files">
        Files that differ by more than noise <small>{count(substantive.totalCount)}</small>
      </h2>
      <FileItems files={substantive.nodes} pair={pair} />
      {left > 0 && (
        <p>
          <a href={urlOf(['compare', pair.old, pair.new], { view: 'files' })}>{count(left)} more files</a>
        </p>
      )}
    </section>
  )
}

const BADGES: Readonly<Record<ChangedFile['change'], string>> = {
  ADDED: 'A',
  REMOVED: 'R',
  CHANGED: 'M',
  MOVED: '→',
}

export function FileItems({ files, pair }: { files: readonly ChangedFile[]; pair: Pair }) {
  return (
    <ul>
      {files.map((file) => (
        <li key={`${file.package} ${file.path}`}>
          <span class={`badge ${file.change.toLowerCase()}`} title={words(file.change)}>
            <span aria-hidden="true">{BADGES[file.change]}</span>
            <span class="hidden">{words(file.change)}</span>
          </span>{' '}
          <FileLink of={file} pair={pair} />
        </li>
      ))}
    </ul>
  )
}

function FileLink({ of, pair }: { of: ChangedFile; pair: Pair }) {
  const file = { package: of.package, path: of.path, oldPath: of.oldPath ?? null, oldPackage: null }
  return (
    <>
      <a href={urlOfFile(pair, file, 'summary', of.substantive)}>
        <code>{visible(of.path)}</code>
      </a>{' '}
      <small>
        {visible(of.package)}
        {file.oldPath !== null && ` · was ${visible(file.oldPath)}`}
      </small>
    </>
  )
}
