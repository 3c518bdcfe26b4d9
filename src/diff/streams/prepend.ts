/**
 * Yields `first` and then what is left of `rest`, which is closed when the consumer stops early. A chunk of
 * `rest` is not held back, so it may share its memory with the next one.
 */
export async function* prepend<T>(first: Iterable<T>, rest: AsyncIterator<T>): AsyncGenerator<T, void, void> {
  try {
    yield* first
    for (let step = await rest.next(); !step.done; step = await rest.next()) yield step.value
  } finally {
    await rest.return?.()
  }
}
