import { DEBDIFF_PAGE_POLICY, DEBDIFF_POLICY } from '../rendering/content-policy.ts'
import { renderDebdiff } from '../rendering/debdiff/render-debdiff.ts'
import type { Format, RenderOptions } from '../rendering/format.ts'
import { copyUnchanged } from '../streams/copy-file.ts'
import { debdiffHiding } from '../summary/hide-debdiff.ts'
import { readSummary } from '../summary/stored-form.ts'
import { RenderedDiff } from './rendered-diff.ts'

/** A cached debdiff: debdiff's own output. Reading it takes as much memory as its largest section. */
export class StoredDebdiff extends RenderedDiff {
  readonly kind = 'debdiff'
  readonly file = null

  get sizeBytes(): number {
    return this.entry.sizeBytes
  }

  get digest(): string {
    return `${this.entry.sizeBytes}-${this.entry.modifiedMs}`
  }

  policy({ isPage }: RenderOptions): string {
    return isPage ? DEBDIFF_PAGE_POLICY : DEBDIFF_POLICY
  }

  protected async *rendering(
    format: Format,
    { filterBoring, hide, isPage = false }: RenderOptions,
  ): AsyncGenerator<Uint8Array> {
    if (format === 'text' && !filterBoring && !hide) {
      yield* this.#bytes()
      return
    }
    const hiding = hide && debdiffHiding((await readSummary(hide.summaryPath)).summary, hide.classes)
    yield* renderDebdiff(format, this.#read(), { ...this.#options(filterBoring), hiding, isPage })
  }

  /** Nothing is derived from a debdiff, and the next lookup sees that its file has changed. */
  protected async onDamage(): Promise<void> {}

  async *#read(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#bytes()
    } catch (error) {
      throw await this.readingError(error)
    }
  }

  /**
   * Fails if the file has changed since the lookup: a truncated debdiff would look like another, shorter one.
   */
  #bytes(): AsyncGenerator<Uint8Array> {
    return copyUnchanged(this.entry, [])
  }

  #options(filterBoring: boolean) {
    const { old, new: newer } = this.pair
    return {
      oldRunId: old.id,
      newRunId: newer.id,
      oldVersion: old.version,
      newVersion: newer.version,
      filterBoring,
    }
  }
}
