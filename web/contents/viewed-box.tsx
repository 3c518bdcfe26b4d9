import type { Pair } from '../pair.ts'
import { markFile } from '../review/viewed.ts'
import { visible } from '../ui/format.ts'

export interface ViewedBoxProps {
  readonly pair: Pair
  /** As `fileKey` names it. */
  readonly file: string
  readonly path: string
  readonly isViewed: boolean
}

/** Marks a file as viewed, or not. */
export function ViewedBox({ pair, file, path, isViewed }: ViewedBoxProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={isViewed}
        onChange={(event) => markFile(pair, file, event.currentTarget.checked)}
      />
      <span class="hidden">Viewed {visible(path)}</span>
    </label>
  )
}
