/** The fields that lead to the report of a file. */
import type { FileRequest } from '../resolvers/comparison.ts'
import { type ArgumentBuilder, builder } from './builder.ts'
import { QUERIES_ONLY_READ } from './diff.ts'
import { HIDE_DESCRIPTION, NoiseClassType } from './noise-class.ts'
import { FILE_ERRORS, resultType } from './results.ts'
import { FileReportType } from './search-hits.ts'

const FileReportModeType = builder.enumType('FileReportMode', {
  description:
    'What the service may do if the report of a file is not cached. Text is always compared at once.',
  values: {
    CACHED_ONLY: { description: 'Does not start diffoscope; if it is needed, returns a DiffNotReadyError.' },
    ENQUEUE: {
      description:
        'If diffoscope is needed, queues a background job and returns a DiffNotReadyError with it. Not allowed over GET.',
    },
    WAIT: {
      description: 'Starts diffoscope if it is needed; the response waits for it. Not allowed over GET.',
    },
  } satisfies Record<FileRequest['mode'], object>,
})

export const FileReportResultType = resultType(
  'FileReportResult',
  FileReportType,
  FILE_ERRORS,
  'The report of a file',
)

/** The arguments of the fields that lead to a report. */
export function fileReportArguments(arg: ArgumentBuilder) {
  return {
    mode: arg({
      type: FileReportModeType,
      required: true,
      defaultValue: 'CACHED_ONLY',
      description:
        'What the service may do if the report is not cached and needs diffoscope. Omit it: then nothing is started.',
      deprecationReason: QUERIES_ONLY_READ,
    }),
    hide: arg({
      type: [NoiseClassType],
      description: HIDE_DESCRIPTION,
    }),
  } as const
}

/** Cost of a report that the client waits for, and of one that is made only if it is text. */
const COSTS: Readonly<Record<FileRequest['mode'], number>> = { WAIT: 1000, ENQUEUE: 50, CACHED_ONLY: 50 }

export function fileReportCost({ mode }: { readonly mode: FileRequest['mode'] }): number {
  return COSTS[mode]
}
