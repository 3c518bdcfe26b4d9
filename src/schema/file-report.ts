/** The fields that lead to the report of a file. */

import type { FileRequest } from '../resolvers/comparison.ts'
import { type ArgumentBuilder, builder } from './builder.ts'
import { FILE_ERRORS } from './errors.ts'
import { FileReportType } from './search-hits.ts'

const FileReportModeType = builder.enumType('FileReportMode', {
  description:
    'What the service may do if the report of a file is not cached. Text is always compared at once.',
  values: {
    CACHED_ONLY: { description: 'Does not start diffoscope; if it is needed, returns a DiffNotReadyError.' },
    WAIT: {
      description: 'Starts diffoscope if it is needed; the response waits for it. Not allowed over GET.',
    },
  } satisfies Record<FileRequest['mode'], object>,
})

export const FileReportResultType = builder.errorUnion('FileReportResult', {
  description: 'The report of a file, or the reason why it is unavailable.',
  types: [FileReportType, ...FILE_ERRORS],
  omitDefaultTypes: true,
  resolveType: () => 'FileReport',
})

/** The argument `mode` of the fields that lead to a report. */
export function fileModeArgument(arg: ArgumentBuilder) {
  return arg({
    type: FileReportModeType,
    required: true,
    defaultValue: 'CACHED_ONLY',
    description: 'What the service may do if the report is not cached and needs diffoscope.',
  })
}

/** Cost of a report that the client waits for, and of one that is made only if it is text. */
const COSTS: Readonly<Record<FileRequest['mode'], number>> = { WAIT: 1000, CACHED_ONLY: 50 }

export function fileReportCost({ mode }: { readonly mode: FileRequest['mode'] }): number {
  return COSTS[mode]
}
