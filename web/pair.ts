/** Two runs, by the farm's ids. */
export interface Pair {
  readonly old: string
  readonly new: string
}
