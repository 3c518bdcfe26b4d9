/** Says to people who do not see the page what has changed on it. */
export function announce(text: string): void {
  const place = document.getElementById('announcements')
  if (!place) return
  place.textContent = ''
  // The same words once more are a change only if something else was there between.
  requestAnimationFrame(() => {
    place.textContent = text
  })
}
