/** How long a note stays in view, in milliseconds. */
const SHOWN_MS = 4000

/** Announces a change to users of screen readers. @param isShown to all others, too, for a moment */
export function announce(text: string, isShown = false): void {
  const region = document.getElementById('announcements')
  if (!region) return
  // Screen readers do not repeat a text that has not changed.
  region.textContent = ''
  region.className = isShown ? 'toast' : 'hidden'
  requestAnimationFrame(() => {
    region.textContent = text
  })
  setTimeout(() => {
    if (region.textContent === text) region.className = 'hidden'
  }, SHOWN_MS)
}
