import { etagOf } from '../../etag.ts'
import type { DiffKind, RunPair } from '../../model.ts'
import type { Format, RenderOptions } from './format.ts'

/** To be incremented whenever a rendering of an unchanged diff changes. */
const RENDERER_VERSION = 5

/** What the ETag of a stored diff depends on. */
export interface EtagFacts {
  readonly kind: DiffKind
  readonly pair: RunPair
  /** Identifies the stored bytes. */
  readonly digest: string
}

/** A strong ETag for one rendering, with its quotes. */
export function renderingEtag(
  { kind, digest, pair }: EtagFacts,
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
  ]
  return etagOf(JSON.stringify(facts))
}
