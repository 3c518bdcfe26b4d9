/** The first line of the innermost cause; the errors around it only say that something failed. */
export function reasonOf(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  if (!(inner instanceof Error)) return String(inner)
  const [first] = (inner as AggregateError).errors ?? []
  const reason = inner.message || (first as Error | undefined)?.message || inner.name
  return reason.replace(/\n.*/s, '').slice(0, 200)
}
