import type { Format } from '../diff/rendering/format.ts'
import { MEDIA_TYPES } from '../diff/rendering/media-types.ts'
import type { Provenance } from '../diff/tools/provenance.ts'
import type {
  DebdiffView,
  DiffoscopeView,
  DiffView,
  FileReportView,
  ReportView,
} from '../resolvers/open-reports.ts'
import {
  MAX_INLINE_BYTES,
  type Rendering,
  type RenderingContent,
  readContent,
  renderingEtag,
  renderingSize,
  renderingUrl,
} from '../resolvers/rendering.ts'
import type { DiffMode } from '../services/diff-service.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { ComparisonType } from './comparison-type.ts'

/** Why the arguments `mode` are deprecated. Clients of the first test versions have them. */
export const QUERIES_ONLY_READ =
  'From version 0.2 on, queries only read. Use the mutation `makeDiffs`; it returns the comparison with the new diff.'

export const DiffModeType = builder.enumType('DiffMode', {
  description: 'What the service may do if a diff is not cached.',
  values: {
    CACHED_ONLY: { description: 'Starts nothing and returns a DiffNotReadyError.' },
    ENQUEUE: {
      description: 'Queues a background job and returns a DiffNotReadyError with it. Not allowed over GET.',
    },
    WAIT: { description: 'Makes the diff now; the response waits for it. Not allowed over GET.' },
  } satisfies Record<DiffMode, object>,
})

const RenderingContentType = builder.objectRef<RenderingContent>('RenderingContent').implement({
  description: 'A part of a rendering.',
  fields: (t) => ({
    text: t.exposeString('text', {
      description:
        'The text. It never ends within a character. Bytes that are not valid UTF-8 are replaced by U+FFFD.',
    }),
    truncated: t.exposeBoolean('truncated', {
      description: 'Whether the rendering continues after this part.',
    }),
    nextOffset: t.expose('nextOffset', {
      type: 'ByteCount',
      nullable: true,
      description: 'Pass it as `offset` to get the next part; null at the end.',
    }),
  }),
})

/** Bytes of a rendering that cost as much as one field. */
const BYTES_PER_COST = 4096

const RenderingType = builder.objectRef<Rendering>('Rendering').implement({
  description: 'A diff in one format. Fetch large renderings from `url` instead of requesting `content`.',
  fields: (t) => ({
    mediaType: t.string({
      description: 'Media type, like `text/html`.',
      resolve: ({ format }) => MEDIA_TYPES[format],
    }),
    url: t.string({
      description: 'URL that streams this rendering, with the same ETag.',
      resolve: (rendering, _, { services }) => renderingUrl(rendering, services),
    }),
    size: t.field({
      type: 'ByteCount',
      nullable: true,
      description:
        'Size of the content, where it is known without rendering it: the text of a debdiff and the JSON of a report, ' +
        'with nothing hidden; otherwise null.',
      resolve: renderingSize,
    }),
    etag: t.string({
      description: 'ETag of the content: it changes whenever the content changes.',
      resolve: (rendering, _, { services }) => renderingEtag(rendering, services),
    }),
    content: t.field({
      type: RenderingContentType,
      ...NULL_IF_FAILED,
      description:
        'The text of this rendering, or a part of it. An operation may read and return at most 16 MiB in all; ' +
        '`url` has no limit.',
      args: {
        offset: t.arg({
          type: 'ByteCount',
          required: true,
          defaultValue: 0,
          description: 'Number of bytes to skip.',
        }),
        maxBytes: t.arg.int({
          required: true,
          defaultValue: MAX_INLINE_BYTES,
          description: 'Maximum number of bytes, from 4 to 1048576 (1 MiB).',
        }),
      },
      // The bytes before the offset are rendered too.
      complexity: ({ offset, maxBytes }) => 10 + Math.ceil((offset + maxBytes) / BYTES_PER_COST),
      resolve: (rendering, part, context) => readContent(rendering, part, context),
    }),
  }),
})

const ProvenanceType = builder.objectRef<Provenance>('Provenance').implement({
  description: 'The programs that a diff was made with.',
  fields: (t) => ({
    differ: t.exposeString('differ', { description: 'Version of Differ.' }),
    tool: t.exposeString('tool', {
      nullable: true,
      description: 'Version of the tool as it prints it; null if it printed none.',
    }),
    options: t.stringList({ description: 'Options of the tool.', resolve: ({ options }) => [...options] }),
    missing: t.stringList({
      description: 'Programs that diffoscope would have used, but that were not installed.',
      resolve: ({ missing = [] }) => [...missing],
    }),
  }),
})

export const DiffInterface = builder.interfaceRef<DiffView>('Diff').implement({
  description: 'Differences between the packages of two runs, or between two files of them.',
  // With Node as its interface, a fragment on Diff can select `id`.
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => {
    const rendering = (format: Format, description: string) =>
      t.field({
        type: RenderingType,
        description,
        resolve: (diff): Rendering => ({ diff, format, cssUrl: undefined }),
      })
    return {
      comparison: t.field({
        type: ComparisonType,
        description: 'The two runs.',
        resolve: ({ stored }) => stored.pair,
      }),
      filtered: t.boolean({
        description: 'Whether noise is hidden: differences that every rebuild causes.',
        resolve: ({ hide }) => hide !== undefined,
      }),
      hide: t.stringList({
        description: 'Names of the classes of noise that are hidden.',
        resolve: ({ hide }) => [...(hide?.classes ?? [])],
      }),
      createdAt: t.field({
        type: 'DateTime',
        description: 'When the diff was made.',
        resolve: ({ stored }) => new Date(stored.entry.modifiedMs),
      }),
      madeWith: t.field({
        type: ProvenanceType,
        nullable: true,
        description:
          'What the diff was made with; null for a report that no tool made, and for a diff of the previous service.',
        resolve: ({ stored }) => stored.entry.origin.madeBy ?? null,
      }),
      text: rendering('text', 'The diff as plain text, as the tool prints it.'),
      markdown: rendering('markdown', 'The diff as Markdown.'),
      json: rendering('json', 'The diff as JSON.'),
      html: t.field({
        type: RenderingType,
        description: 'The diff as HTML: a fragment for a debdiff, a page for a report.',
        args: {
          cssUrl: t.arg.string({
            description:
              'URL of a stylesheet that a diffoscope page links before its own: http(s) or relative.',
          }),
        },
        resolve: (diff, { cssUrl }): Rendering => ({ diff, format: 'html', cssUrl: cssUrl ?? undefined }),
      }),
    }
  },
})

export type { DebdiffView, DiffoscopeView, FileReportView, ReportView }
