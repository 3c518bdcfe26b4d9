import { etagOf } from '../../etag.ts'
import type { DiffKind, FileAddress, RunPair } from '../../model.ts'
import type { Format, RenderOptions } from './format.ts'

/** To be incremented whenever a rendering of an unchanged diff changes. */
const RENDERER_VERSION = 6

/** What the ETag of a stored diff depends on. */
export interface EtagFacts {
  readonly kind: DiffKind | 'file'
  readonly pair: RunPair
  /** The file that the diff is about; null if it is about all packages. */
  readonly file: FileAddress | null
  /** Identifies the stored bytes. */
  readonly digest: string
}

/** A strong ETag for one rendering, with its quotes. */
export function renderingEtag(
  { kind, digest, pair, file }: EtagFacts,
  format: Format,
  options: RenderOptions,
): string {
  const facts = [
    RENDERER_VERSION,
    kind,
    digest,
    format,
    options.filterBoring,
    options.hide ? [options.hide.classes, options.hide.summaryDigest] : null,
    options.cssUrl ?? null,
    options.from ?? null,
    options.basePath ?? null,
    pair.old,
    pair.new,
    ...(file ? [file] : []),
    ...(options.isPage && kind === 'debdiff' ? ['page'] : []),
  ]
  return etagOf(JSON.stringify(facts))
}
