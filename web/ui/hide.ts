/** Which noise the page asks to hide: all, unless the reader wants to see it. */
import type { NoiseClass } from '../generated/graphql.ts'

/** @param on whether noise is hidden */
export function hideOf(on: boolean): { hide: NoiseClass[] } {
  return { hide: on ? ['ALL'] : [] }
}
