/** Whether a list of files has room beside what it lists: see the style sheet. */
export function isWide(): boolean {
  return matchMedia('(min-width: 60rem)').matches
}
