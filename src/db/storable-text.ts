/** Whether PostgreSQL can store the text: it cannot store a NUL character. */
export function isStorableText(value: string): boolean {
  return !value.includes('\0')
}
