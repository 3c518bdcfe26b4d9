/** Keeps the other items of a list if one fails. */
import { DifferError } from '../errors.ts'

/** An expected failure of an item of a list, as the item: the other items are not lost. */
export function orFailure<T>(item: Promise<T>): Promise<T> {
  return item.catch((error: unknown) => {
    // The plugin for errors takes it for a member of the union.
    if (error instanceof DifferError) return error as never
    throw error
  })
}
