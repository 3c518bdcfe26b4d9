/** Both sides of a picture. */
import { useState } from 'preact/hooks'
import type { PictureFactsFragment } from '../generated/graphql.ts'
import { size } from '../ui/format.ts'

interface PicturesProps {
  readonly old: PictureFactsFragment | null
  readonly newer: PictureFactsFragment | null
}

/** Both sides of a picture beside each other. */
export function Pictures({ old, newer }: PicturesProps) {
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
      <img
        src={pathname + search}
        width={of.width}
        height={of.height}
        style={{ '--width': `${of.width}px`, '--ratio': of.width / of.height }}
        alt={`${title} picture, ${facts}`}
      />
      <figcaption>
        {title}: {facts}
      </figcaption>
    </figure>
  )
}
