/** What stored diffs of both tools have in common: renderings, entity tags, and errors while reading. */
import { DamagedReportError } from '../../errors.ts'
import type { DiffKind, FileAddress, RunPair } from '../../model.ts'
import { streamInSpan } from '../../tracing.ts'
import { damagedEntryError, evictedEntryError, isMissingFile, toDifferError } from '../cache/disk-errors.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import type { Format, RenderOptions } from '../rendering/format.ts'
import { renderingEtag } from '../rendering/rendering-etag.ts'

export abstract class RenderedDiff {
  readonly entry: CacheEntry
  readonly pair: RunPair

  constructor(entry: CacheEntry, pair: RunPair) {
    this.entry = entry
    this.pair = pair
  }

  abstract readonly kind: DiffKind | 'file'

  /** The file that the diff is about; null if it is about all packages. */
  abstract readonly file: FileAddress | null

  /** Of the stored bytes, uncompressed. */
  abstract readonly sizeBytes: number

  /** Identifies the stored bytes: it changes if the diff is made again with another result. */
  abstract readonly digest: string

  /**
   * The rendering, made while it is read: UTF-8, or debdiff's own bytes for its unfiltered text. A chunk is
   * valid until the next one is requested.
   * @throws OverloadedError if the entry is evicted or turns out to be damaged; the errors of `toDifferError`
   */
  render(format: Format, options: RenderOptions): AsyncIterable<Uint8Array> {
    const attributes = {
      'differ.format': format,
      'differ.filter_boring': options.filterBoring,
      'differ.hide': options.hide?.classes.length ?? 0,
    }
    const chunks = this.withTypedErrors(this.rendering(format, options))
    return streamInSpan(`format-${this.kind}`, attributes, chunks)
  }

  /**
   * Produces the rendering compressed with zstd, if it is stored so; null otherwise.
   */
  compressed(_format: Format, _options: RenderOptions): (() => AsyncIterable<Uint8Array>) | null {
    return null
  }

  /** The `Content-Security-Policy` of the HTML format. */
  abstract policy(options: RenderOptions): string

  /** A strong entity tag of one rendering, quotes included. */
  etag(format: Format, options: RenderOptions): string {
    return renderingEtag(
      { kind: this.kind, digest: this.digest, pair: this.pair, file: this.file },
      format,
      options,
    )
  }

  protected abstract rendering(format: Format, options: RenderOptions): AsyncIterable<Uint8Array>

  /** Called when the entry turns out to be damaged: removes what hides the damage from the next lookup. */
  protected abstract onDamage(error: DamagedReportError): Promise<void>

  /** The error that a reader gets for a system error or a damaged entry. */
  protected async readingError(error: unknown): Promise<unknown> {
    if (isMissingFile(error)) return evictedEntryError(error)
    if (!(error instanceof DamagedReportError)) return toDifferError(error)
    await this.onDamage(error)
    return damagedEntryError(error)
  }

  protected async *withTypedErrors(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks
    } catch (error) {
      throw await this.readingError(error)
    }
  }
}
