/** Announces a change to users of screen readers. */
export function announce(text: string): void {
  const region = document.getElementById('announcements')
  if (!region) return
  // Screen readers do not repeat a text that has not changed.
  region.textContent = ''
  requestAnimationFrame(() => {
    region.textContent = text
  })
}
