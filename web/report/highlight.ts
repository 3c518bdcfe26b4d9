/** No more matches are highlighted at once. */
const MAX_HIGHLIGHTS = 1000

/** Highlights the matches of a search without changing the DOM, if the browser supports that. */
export function highlightMatches(element: HTMLElement, search: string): void {
  if (!('highlights' in CSS)) return
  CSS.highlights.delete('found')
  if (search === '') return
  const ranges: Range[] = []
  const needle = search.toLowerCase()
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  while (texts.nextNode() && ranges.length < MAX_HIGHLIGHTS) {
    const text = texts.currentNode as Text
    const lower = text.data.toLowerCase()
    for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, at + needle.length)) {
      // Lower case may be longer than the text itself.
      if (at + needle.length > text.length) break
      const range = new Range()
      range.setStart(text, at)
      range.setEnd(text, at + needle.length)
      ranges.push(range)
    }
  }
  CSS.highlights.set('found', new Highlight(...ranges))
}
