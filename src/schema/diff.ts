import type { StoredDebdiff, StoredDiffoscope } from '../diff/stored-diff.ts'
import { type Format, MEDIA_TYPES } from '../diff/stored-diff.ts'
import { QueryLimitError } from '../errors.ts'
import type { DiffView } from '../resolvers/open-reports.ts'
import {
  type Rendering,
  type RenderingContent,
  readContent,
  renderingEtag,
  renderingUrl,
} from '../resolvers/rendering.ts'
import type { DiffMode } from '../services/diff-service.ts'
import { builder } from './builder.ts'
import { ComparisonType } from './comparison-type.ts'

export const DiffModeType = builder.enumType('DiffMode', {
  description: 'What may happen when a diff is not cached.',
  values: {
    CACHED_ONLY: { description: 'Nothing: the answer is a DiffNotReadyError.' },
    ENQUEUE: { description: 'It is queued: the answer is a DiffNotReadyError with the job. Not over GET.' },
    WAIT: { description: 'It is made now, and the answer waits for it. Not over GET.' },
  } satisfies Record<DiffMode, object>,
})

const RenderingContentType = builder.objectRef<RenderingContent>('RenderingContent').implement({
  description: 'A part of a rendering.',
  fields: (t) => ({
    text: t.exposeString('text', {
      description: 'It ends where a character ends. Bytes that are not UTF-8 are shown as U+FFFD.',
    }),
    truncated: t.exposeBoolean('truncated', { description: 'Whether there is more behind it.' }),
    nextOffset: t.expose('nextOffset', {
      type: 'ByteCount',
      nullable: true,
      description: 'The `offset` to go on from; null at the end.',
    }),
  }),
})

const MAX_INLINE_BYTES = 1 << 20
/** Bytes of a rendering that cost as much as one field. */
const BYTES_PER_COST = 4096

const RenderingType = builder.objectRef<Rendering>('Rendering').implement({
  description: 'A diff in one format. Big ones are better fetched from `url` than asked for here.',
  fields: (t) => ({
    mediaType: t.string({ description: 'Like `text/html`.', resolve: ({ format }) => MEDIA_TYPES[format] }),
    url: t.string({
      description: 'Where it is served as a stream, with the ETag given here.',
      resolve: (rendering, _, { services }) => renderingUrl(rendering, services),
    }),
    etag: t.string({
      description: 'Names this content: equal as long as the content is.',
      resolve: (rendering, _, { services }) => renderingEtag(rendering, services),
    }),
    content: t.field({
      type: RenderingContentType,
      description: 'The text itself, or a part of it.',
      args: {
        offset: t.arg({
          type: 'ByteCount',
          required: true,
          defaultValue: 0,
          description: 'Bytes to leave out at the beginning.',
        }),
        maxBytes: t.arg.int({
          required: true,
          defaultValue: MAX_INLINE_BYTES,
          description: 'Bytes at most, from 4 to 1048576 (1 MiB).',
        }),
      },
      // What lies ahead of the offset is made too.
      complexity: ({ offset, maxBytes }) => 10 + Math.ceil((offset + maxBytes) / BYTES_PER_COST),
      resolve: (rendering, { offset, maxBytes }, { services }) => {
        if (maxBytes < 4 || maxBytes > MAX_INLINE_BYTES)
          throw new QueryLimitError(
            'RENDERING_TOO_LARGE',
            MAX_INLINE_BYTES,
            `"maxBytes" is ${maxBytes}; it may be 4 to ${MAX_INLINE_BYTES}. Fetch larger renderings from their "url"`,
          )
        const part = { offset, maxBytes }
        return readContent(rendering, part, services)
      },
    }),
  }),
})

export const DiffInterface = builder.interfaceRef<DiffView>('Diff').implement({
  description: 'What one of the tools finds between the packages of two runs, in every format.',
  // A fragment on it may ask for `id`.
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
      filtered: t.exposeBoolean('filterBoring', {
        description: 'Whether differences that every rebuild makes are left out.',
      }),
      text: rendering('text', 'As the tool prints it.'),
      markdown: rendering('markdown', 'As Markdown.'),
      json: rendering('json', 'As JSON.'),
      html: t.field({
        type: RenderingType,
        description: 'As HTML: of a debdiff a fragment, of a diffoscope report a page.',
        args: {
          cssUrl: t.arg.string({
            description:
              'A stylesheet to link ahead of the own one of a diffoscope page: http(s) or relative.',
          }),
        },
        resolve: (diff, { cssUrl }): Rendering => ({ diff, format: 'html', cssUrl: cssUrl ?? undefined }),
      }),
    }
  },
})

export type DebdiffView = DiffView<StoredDebdiff>
export type DiffoscopeView = DiffView<StoredDiffoscope>
