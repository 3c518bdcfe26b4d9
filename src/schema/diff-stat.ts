import type { ReportCounts } from '../diff/report/types.ts'
import { builder } from './builder.ts'

export const DiffStatType = builder.objectRef<ReportCounts>('DiffStat').implement({
  description: 'How much differs.',
  fields: (t) => ({
    nodes: t.exposeInt('nodes', { description: 'Nodes of the tree: packages, files, members of archives.' }),
    hunks: t.exposeInt('hunks', { description: 'Groups of lines that differ.' }),
    added: t.exposeInt('addedLines', { description: 'Lines on the new side only.' }),
    removed: t.exposeInt('removedLines', { description: 'Lines on the old side only.' }),
  }),
})
