/**
 * Renders reports of any size: small ones at once, large ones in the render worker and with a cache on disk.
 */
import { join } from 'node:path'
import { loadZstd } from '../content/zstd.ts'
import type { Format } from './format.ts'
import { type OpenEntry, type Rendering, renderReport } from './render-report.ts'
import { RenderWorker } from './render-worker-client.ts'
import { RenderingCache } from './rendering-cache.ts'
import { renderingEtag } from './rendering-etag.ts'

/** Smaller reports take some tens of milliseconds, and responses cache their renderings in memory. */
const LARGE_BYTES = 4_000_000
/** Formats worth caching: JSON is the report itself, and a page has a size limit. */
const CACHED_FORMATS: ReadonlySet<Format> = new Set(['text', 'markdown'])

export class ReportRenderer {
  readonly #worker = new RenderWorker()
  readonly #cache = new RenderingCache()

  /** Starts the worker, and loads what reports are read with, so that the first rendering need not wait for it. */
  start(): void {
    this.#worker.start()
    // The first report that needs it fails with the error.
    loadZstd().catch(() => {})
  }

  /**
   * The rendering as UTF-8, made as it is read. A chunk is valid until the next one is requested.
   * @param open opens a small report
   * @throws as `renderReport` and `RenderWorker.render`
   */
  render(rendering: Rendering, open: OpenEntry): AsyncIterable<Uint8Array> {
    const { entry, sizeBytes, format, options } = rendering
    if (sizeBytes < LARGE_BYTES) return renderReport(rendering, open)
    if (!CACHED_FORMATS.has(format)) return this.#worker.render(rendering)
    // The filter is the only option that these formats have.
    const etag = renderingEtag(rendering, format, {
      filterBoring: options.filterBoring,
      hide: options.hide,
    })
    const path = join(entry.renderingsDir, `${etag.slice(1, -1)}.${format}`)
    return this.#cache.read(path, () => this.#worker.render(rendering))
  }

  /** Ends the worker, and with it all renderings of large reports. */
  close(): Promise<void> {
    return this.#worker.close()
  }
}
