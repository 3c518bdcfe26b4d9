/** What searches return, and their arguments. */
import type { SearchQuery } from '../diff/report/search/line-finder.ts'
import type { SearchHit } from '../diff/report/search/search-report.ts'
import type { StoredFile } from '../diff/stored/stored-file.ts'
import { type HitPage, type HitView, hunkOfHit, nodeOfHit } from '../resolvers/search-fields.ts'
import { type ArgumentBuilder, builder } from './builder.ts'
import type { FileReportView } from './diff.ts'
import { DiffNodeType } from './diff-node.ts'
import { DiffLineKind, HunkType } from './hunk.ts'
import { connectionType, type PageArguments, pageArguments, pageCost } from './page.ts'

/** The type of a file's report, which itself can be searched: it is defined later. */
export const FileReportType = builder.objectRef<FileReportView>('FileReport')

const SearchSideType = builder.enumType('SearchSide', {
  description: 'Where to search.',
  values: {
    OLD: { description: 'In removed lines, and in names on the old side.' },
    NEW: { description: 'In added lines, and in names on the new side.' },
    BOTH: { description: 'In all lines, also those that both sides have, in all names, and in remarks.' },
  } satisfies Record<SearchQuery['side'], object>,
})

const SearchPlaceType = builder.enumType('SearchPlace', {
  description: 'What a hit is in.',
  values: {
    OLD_NAME: {
      value: 'oldName' as SearchHit['place'],
      description: 'The name of a node on the old side, or on both sides if it is the same.',
    },
    NEW_NAME: {
      value: 'newName' as SearchHit['place'],
      description: 'The name of a node on the new side.',
    },
    COMMENT: { value: 'comment' as SearchHit['place'], description: 'A remark by diffoscope.' },
    LINE: { value: 'line' as SearchHit['place'], description: 'A line of a hunk.' },
  },
})

const SearchMatchType = builder.objectRef<SearchHit['matches'][number]>('SearchMatch').implement({
  description: 'A match, in UTF-16 units from the beginning of the line (as JavaScript counts).',
  fields: (t) => ({
    start: t.exposeInt('start', { description: 'Index of the first unit.' }),
    end: t.exposeInt('end', { description: 'Index after the last unit.' }),
  }),
})

const SearchHitType = builder.objectRef<HitView>('SearchHit').implement({
  description: 'A line, a name or a remark that matches. A line with several matches is one hit.',
  fields: (t) => ({
    node: t.field({
      type: DiffNodeType,
      description: 'The node.',
      resolve: (hit, _, context) => nodeOfHit(hit, context),
    }),
    file: t.field({
      type: FileReportType,
      nullable: true,
      description: 'The report of a single file that the node is in; null in a report of two runs.',
      resolve: ({ view }) => (view.stored.file ? { ...view, stored: view.stored as StoredFile } : null),
    }),
    place: t.field({
      type: SearchPlaceType,
      description: 'What matches.',
      resolve: ({ hit }) => hit.place,
    }),
    hunk: t.field({
      type: HunkType,
      nullable: true,
      description: 'The hunk of the line; null if it is not in a line.',
      resolve: (hit, _, context) => hunkOfHit(hit, context),
    }),
    hunkPosition: t.int({
      nullable: true,
      description: '`Hunk.position`, without reading the hunk; null if it is not in a line.',
      resolve: ({ hit: { line } }) => line?.hunk ?? null,
    }),
    linePosition: t.int({
      nullable: true,
      description: '`DiffLine.position`; null if it is not in a line.',
      resolve: ({ hit: { line } }) => line?.position ?? null,
    }),
    kind: t.field({
      type: DiffLineKind,
      nullable: true,
      description: 'Kind of the line; null if it is not in a line.',
      resolve: ({ hit: { line } }) => line?.kind ?? null,
    }),
    oldNumber: t.int({
      nullable: true,
      description: 'Line number on the old side, from 1; null if it is not there.',
      resolve: ({ hit: { line } }) => line?.oldNumber ?? null,
    }),
    newNumber: t.int({
      nullable: true,
      description: 'Line number on the new side, from 1; null if it is not there.',
      resolve: ({ hit: { line } }) => line?.newNumber ?? null,
    }),
    text: t.string({
      description:
        'The text around the first match, at most 300 characters. It comes from the package, so escape it.',
      resolve: ({ hit }) => hit.text,
    }),
    textStart: t.int({
      description: 'Index in the line at which `text` begins.',
      resolve: ({ hit }) => hit.textStart,
    }),
    matches: t.field({
      type: [SearchMatchType],
      description:
        'The first match, and others that begin within `text`: at most 20, and only one in a line of more than ' +
        '10,000 characters. A match may end after `text`.',
      complexity: { field: 1, multiplier: 2 },
      resolve: ({ hit }) => [...hit.matches],
    }),
  }),
})

export const SearchHitConnectionType = connectionType<HitView, HitPage>('SearchHit', SearchHitType, {
  noun: 'hit',
  description:
    'A page of hits in document order. A page may end because its time is over, with fewer hits than requested or ' +
    'none: only `pageInfo.hasNextPage: false` means that everything was searched.',
  pageInfo: 'Position of this page. Here `endCursor` is where the search goes on, also without hits.',
  totalCount: 'Number of hits on all pages; null until the last page.',
})

builder.objectFields(SearchHitConnectionType, (t) => ({
  cutLines: t.exposeInt('cutLines', {
    description:
      'Number of lines on this page of which only the first 16,777,216 characters were searched, without a match.',
  }),
  skippedFiles: t.exposeInt('skippedFiles', {
    description:
      'Number of files that this page has left out because they are not text or could not be read; 0 in a report.',
  }),
}))

export function searchArguments(arg: ArgumentBuilder) {
  return {
    ...pageArguments(arg),
    text: arg.string({
      required: true,
      description: 'The text to search for, or a regular expression: at most 1,000 characters, and one line.',
    }),
    regex: arg.boolean({
      required: true,
      defaultValue: false,
      description:
        "Whether `text` is a regular expression: JavaScript's syntax with the flag `u`, without look-around and " +
        'references to groups. It is compared with single lines, so `^` and `$` are the ends of a line.',
    }),
    ignoreCase: arg.boolean({
      required: true,
      defaultValue: false,
      description: 'Whether upper and lower case are the same.',
    }),
    side: arg({
      type: SearchSideType,
      required: true,
      defaultValue: 'BOTH',
      description: 'Where to search.',
    }),
  } as const
}

/** A search takes up to a second of a processor. */
export function searchCost(page: PageArguments) {
  return { ...pageCost(page), field: 500 }
}
