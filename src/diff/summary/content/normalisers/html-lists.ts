import type { TextNormaliser } from '../normaliser.ts'

/** An unordered list whose items hold no other list and no program, and end where they say. */
const LIST = new RegExp(
  [
    '(?<start><ul(?:\\s[^<>]*)?>\\s*)',
    '(?<items>(?:<li(?:\\s[^<>]*)?>(?:(?!</?(?:li|ul|ol|menu|script|style|template)[\\s>/]|<!--)[^\\u0001])*</li>\\s*)+)',
    '(?=</ul>)',
  ].join(''),
  'gi',
)
const ITEM = /<li[\s>][\s\S]*?<\/li>/gi

/**
 * ORDER_ONLY: items of unordered lists in HTML, which mean the same in any order. Generators write sets of Python and hashes of Perl into them. Source:
 * HTML Living Standard, "The ul element": "a list of items, where the order of the items is not important".
 */
export const htmlLists: TextNormaliser = {
  class: 'ORDER_ONLY',
  appliesTo: ({ path }) => /^usr\/share\/.*\.x?html?(\.gz)?$/.test(path),
  normalise: (text) =>
    text.replace(LIST, (_match, start: string, items: string) => start + withSortedItems(items)),
}

/** Blanks between items stay where they are. */
function withSortedItems(text: string): string {
  const items = (text.match(ITEM) ?? []).sort()
  let next = 0
  return text.replace(ITEM, () => {
    next += 1
    return items[next - 1] ?? ''
  })
}
