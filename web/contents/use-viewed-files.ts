import { useEffect, useState } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import { onViewedChange, viewedFiles } from '../review/viewed.ts'

/** The files of a comparison that are marked as viewed, as `fileKey` names them. */
export function useViewedFiles({ old, new: newer }: Pair): ReadonlySet<string> {
  const [viewed, setViewed] = useState(() => viewedFiles({ old, new: newer }))
  useEffect(() => onViewedChange(() => setViewed(viewedFiles({ old, new: newer }))), [old, newer])
  return viewed
}
