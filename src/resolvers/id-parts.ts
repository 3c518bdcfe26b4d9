/** Returns the parts of a global id that is made of several; an empty list for an invalid id. */
export function parseIdParts(id: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(id)
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
