import type { OpenedReport } from '../diff/rendering/render-report.ts'
import type { Report } from '../diff/report/types.ts'
import type { Context } from './context.ts'
import type { ReportView } from './open-reports.ts'

/** A part of an open report, such as a node, a hunk or a page of them, with the report to read more from. */
export class ReportPart<T> {
  readonly view: ReportView
  readonly report: Report
  readonly value: T

  constructor(view: ReportView, report: Report, value: T) {
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
  view: ReportView,
  { resources }: Context,
): Promise<ReportPart<OpenedReport>> {
  const report = await resources.reports.of(view)
  return new ReportPart(view, report, report)
}
