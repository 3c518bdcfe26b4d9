import type { ReportCounts } from '../diff/report/types.ts'
import { builder } from './builder.ts'

export const DiffStatType = builder.objectRef<ReportCounts>('DiffStat').implement({
  description: 'Counts of differences.',
  fields: (t) => ({
    nodes: t.exposeInt('nodes', {
      description: 'Number of tree nodes: packages, files, members of archives and so on.',
    }),
    hunks: t.exposeInt('hunks', { description: 'Number of hunks.' }),
    added: t.exposeInt('addedLines', { description: 'Number of lines that are only on the new side.' }),
    removed: t.exposeInt('removedLines', { description: 'Number of lines that are only on the old side.' }),
  }),
})
