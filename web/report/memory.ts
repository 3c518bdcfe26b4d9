/**
 * What the reader has done in the reports of a comparison. It outlives their views, so that hiding noise, another
 * view, or lines side by side do not undo it.
 */
import { Folds } from './folds.ts'

/** What is at the top of a view. */
export interface PlaceInView {
  /** As the URL has positions. */
  readonly position: string
  /** Pixels from the top of the view; negative above. */
  readonly y: number
}

export interface ReportMemory {
  /** The text that is searched for. */
  search: string
  /** The paths of the nodes that are unfolded in the tree. */
  readonly unfolded: Set<string>
  /** The folded nodes of each report, by its id. */
  readonly folds: Map<string, Folds>
  /** Where the reader left each report, by its id. */
  readonly places: Map<string, PlaceInView>
}

export function newReportMemory(): ReportMemory {
  return { search: '', unfolded: new Set(), folds: new Map(), places: new Map() }
}

export function foldsOf({ folds }: ReportMemory, report: string): Folds {
  const known = folds.get(report) ?? new Folds()
  folds.set(report, known)
  return known
}

/** The name of the place in the state of the browser's history. */
const STATE = 'report'

/** Where the reader left this step of the history; null on a first visit. */
export function placeInHistory(): PlaceInView | null {
  const place = (history.state as Record<string, { position?: unknown; y?: unknown }> | null)?.[STATE]
  return typeof place?.position === 'string' && typeof place.y === 'number'
    ? { position: place.position, y: place.y }
    : null
}

export function keepPlaceInHistory(place: PlaceInView): void {
  history.replaceState({ ...history.state, [STATE]: place }, '')
}
