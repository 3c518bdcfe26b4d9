import type { DebdiffSection } from '../debdiff/sections.ts'
import { DEBDIFF_POLICY } from '../rendering/content-policy.ts'
import { debdiffSections, isEmptyDebdiff, renderDebdiff } from '../rendering/debdiff/render-debdiff.ts'
import type { Format, RenderOptions } from '../rendering/format.ts'
import { copyUnchanged } from '../streams/copy-file.ts'
import { RenderedDiff } from './rendered-diff.ts'

/** A cached debdiff. Reading it takes as much memory as its largest section. */
export class StoredDebdiff extends RenderedDiff {
  readonly kind = 'debdiff'

  get digest(): string {
    return `${this.entry.sizeBytes}-${this.entry.modifiedMs}`
  }

  /** The diff as typed sections. */
  async sections(filterBoring: boolean): Promise<readonly DebdiffSection[]> {
    const sections: DebdiffSection[] = []
    for await (const section of debdiffSections(this.#read(), this.#options(filterBoring)))
      sections.push(section)
    return sections
  }

  /** Whether nothing differs, apart from what the filter hides. */
  async isEmpty(filterBoring: boolean): Promise<boolean> {
    return isEmptyDebdiff(this.#read(), this.#options(filterBoring))
  }

  policy(): string {
    return DEBDIFF_POLICY
  }

  protected async *rendering(format: Format, { filterBoring }: RenderOptions): AsyncGenerator<Uint8Array> {
    if (format === 'text' && !filterBoring) yield* this.#bytes()
    else yield* renderDebdiff(format, this.#read(), this.#options(filterBoring))
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
