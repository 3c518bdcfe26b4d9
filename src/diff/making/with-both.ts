/** Calls a function with a resource, which stays until the function has ended. */
export type Use<T> = <R>(signal: AbortSignal, use: (resource: T) => Promise<R>) => Promise<R>

/**
 * Opens two resources at once, and calls `work` with them.
 * @throws what `useOne` throws; what `useOther` throws; what `work` throws
 */
export async function withBoth<A, B, R>(
  signal: AbortSignal,
  useOne: Use<A>,
  useOther: Use<B>,
  work: (one: A, other: B) => Promise<R>,
): Promise<R> {
  const end = new AbortController()
  const ended = new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()))
  let isOpen = false
  let closed: Promise<void> | undefined
  const other = new Promise<B>((resolve, reject) => {
    const use = async (resource: B) => {
      isOpen = true
      resolve(resource)
      await ended
    }
    closed = useOther(AbortSignal.any([signal, end.signal]), use).catch((error: unknown) => {
      if (isOpen) throw error
      reject(error)
    })
  })
  // If the first one fails, it is not waited for.
  other.catch(() => {})
  try {
    return await useOne(signal, async (one) => work(one, await other))
  } finally {
    end.abort()
    await closed
  }
}
