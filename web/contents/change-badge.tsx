import type { FileChangeKind } from '../generated/graphql.ts'
import { words } from '../ui/format.ts'

const LETTERS: Readonly<Record<FileChangeKind, string>> = {
  ADDED: 'A',
  REMOVED: 'R',
  CHANGED: 'M',
  MOVED: '→',
}

/** A letter for how a file differs. */
export function ChangeBadge({ of }: { of: FileChangeKind }) {
  return (
    <span class={`badge ${of.toLowerCase()}`} title={words(of)}>
      <span aria-hidden="true">{LETTERS[of]}</span>
      <span class="hidden">{words(of)} </span>
    </span>
  )
}
