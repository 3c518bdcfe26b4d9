import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Folds } from './folds.ts'
import { HEIGHTS } from './heights.ts'
import { ItemList } from './item-list.ts'
import type { Mode } from './items.ts'
import { Loader } from './loader.ts'
import { ReportModel } from './model.ts'
import type { Report } from './report.ts'

/**
 * What is loaded of a report in one mode, and a way to draw it again.
 * @param draw called before that, if it draws by itself
 * @param gone the service no longer has this report
 * @param folds the folded nodes, if they are to outlive the mode
 */
export function useReport(report: Report, mode: Mode, draw: () => void, gone: () => void, folds?: Folds) {
  const [version, setVersion] = useState(0)
  const latest = useRef({ draw, gone })
  latest.current = { draw, gone }
  const redraw = useCallback(() => {
    latest.current.draw()
    setVersion((version) => version + 1)
  }, [])
  const { list, loader } = useMemo(() => {
    const model = new ReportModel(report.stat, mode, HEIGHTS, folds)
    model.foldsWhiteSpace = report.filtered
    const events = { changed: redraw, gone: () => latest.current.gone() }
    return { list: new ItemList(model), loader: new Loader(model, report.id, events) }
  }, [report, mode, redraw, folds])
  useEffect(() => {
    addEventListener('online', loader.retry)
    return () => {
      removeEventListener('online', loader.retry)
      loader.close()
    }
  }, [loader])
  return { list, loader, redraw, version }
}
