/** What the page does where scripts run; it is whole without. */
export const SCRIPT = `'use strict'
for (const controls of document.querySelectorAll('.controls')) controls.hidden = false
document.addEventListener('click', (event) => {
  const fold = event.target.closest('[data-fold]')?.dataset.fold
  if (fold === undefined) return
  for (const details of document.querySelectorAll('.difference > details')) details.open = fold === 'open'
})
const reveal = () => {
  const target = document.getElementById(location.hash.slice(1))
  if (target === null) return
  for (let at = target; at !== null; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true
  target.scrollIntoView()
}
addEventListener('hashchange', reveal)
reveal()`
