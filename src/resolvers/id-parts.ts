/** What an id of several parts was made of; empty for what is none. */
export function partsOf(id: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(id)
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
