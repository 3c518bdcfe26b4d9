import type { OpenedReport } from '../diff/rendering/render-report.ts'
import type { Report } from '../diff/report/types.ts'
import type { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import type { Context } from './context.ts'
import type { DiffView } from './open-reports.ts'

/** A part of an open report, such as a node, a hunk or a page of them, with the report to read more from. */
export class ReportPart<T> {
  readonly view: DiffView<StoredDiffoscope>
  readonly report: Report
  readonly value: T

  constructor(view: DiffView<StoredDiffoscope>, report: Report, value: T) {
    this.view = view
    this.report = report
    this.value = value
  }

  /** Another part of the same report. */
  at<U>(value: U): ReportPart<U> {
    return new ReportPart(this.view, this.report, value)
  }
}

/** Opens the report of a diff; it stays open until the operation closes it. @throws DamagedReportError */
export async function openReport(
  view: DiffView<StoredDiffoscope>,
  { resources }: Context,
): Promise<ReportPart<OpenedReport>> {
  const report = await resources.reports.of(view)
  return new ReportPart(view, report, report)
}
