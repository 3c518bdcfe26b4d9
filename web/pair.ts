/** The farm's ids of two runs. */
export interface Pair {
  readonly old: string
  readonly new: string
}
