/**
 * The page's script. The page is complete without it: every button has a link beside it to a page with the
 * same content.
 */
export const SCRIPT = `'use strict'
for (const controls of document.querySelectorAll('.controls')) controls.hidden = false
document.addEventListener('click', (event) => {
  const button = event.target.closest('button')
  const fold = button?.dataset.fold
  if (fold !== undefined)
    for (const details of document.querySelectorAll('.difference > details')) details.open = fold === 'open'
  if (button?.className === 'load') load(button)
})
const offer = (within) => {
  for (const link of within.querySelectorAll('a[data-rest]')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'load'
    button.textContent = 'Show here'
    link.after(button)
  }
}
const load = async (button) => {
  const link = button.previousElementSibling
  button.disabled = true
  button.textContent = 'Loading …'
  try {
    const response = await fetch(link.href)
    if (!response.ok) throw new Error(response.statusText)
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    const added = put[link.dataset.rest](link, button, page)
    for (const element of added) offer(element)
    added[0].tabIndex = -1
    added[0].focus({ preventScroll: true })
  } catch {
    button.disabled = false
    button.textContent = 'Not loaded; try again'
  }
}
const put = {
  rows: (link, button, page) => {
    const rows = [...page.querySelectorAll('table.diff tr')]
    link.closest('tr').replaceWith(...rows)
    return rows
  },
  table: (link, button, page) => {
    const table = page.querySelector('table.diff')
    link.parentElement.replaceWith(table)
    return [table]
  },
  line: (link, button, page) => {
    const line = page.querySelector('.line')
    button.remove()
    link.replaceWith(line)
    return [line]
  },
  nodes: (link, button, page) => {
    const nodes = [...page.querySelectorAll('[data-parent]')]
    const left = link.parentElement
    const under = (node) => document.getElementById(node.dataset.parent)?.querySelector(':scope > details')
    for (const node of nodes) (under(node) ?? left.parentElement).append(node)
    left.remove()
    return nodes
  },
}
const reveal = () => {
  const target = document.getElementById(location.hash.slice(1))
  if (target === null) return
  for (let at = target; at !== null; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true
  target.scrollIntoView()
}
addEventListener('hashchange', reveal)
offer(document)
reveal()`
