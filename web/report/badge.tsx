import { badgeOf, type Sides } from './names.ts'

const LETTERS = { added: 'A', removed: 'R' } as const
const WORDS = { added: 'added', removed: 'removed' } as const

/** A letter for a file that only one side has, as the tree and the headings show it. */
export function Badge({ of }: { of: Sides }) {
  const badge = badgeOf(of)
  if (badge === null) return null
  return (
    <span class={`badge ${badge}`} title={WORDS[badge]}>
      <span aria-hidden="true">{LETTERS[badge]}</span>
      <span class="hidden">{WORDS[badge]} </span>
    </span>
  )
}
