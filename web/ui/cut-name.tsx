/** A name of which only the middle is cut when there is no room. Screen readers get it as a whole. */
export function CutName({ parts: [start, end] }: { parts: readonly [start: string, end: string] }) {
  return (
    <>
      <span class="start" aria-hidden="true">
        {start}
      </span>
      <span aria-hidden="true">{end}</span>
      <span class="hidden">{start + end}</span>
    </>
  )
}
