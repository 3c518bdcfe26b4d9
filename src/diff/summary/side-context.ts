/** What comparers of content know of the package on one side. */
import type { Entry } from '../package/entry-record.ts'
import type { PackageSide, SidePair } from './changes.ts'
import type { FileContext, SideContext } from './content/content.ts'

export function sideContext({
  name,
  fields,
  version,
  sourceVersion,
  architecture,
}: PackageSide): SideContext {
  const [source = name] = (fields.get('Source') ?? name).split(' ')
  return { package: name, source, version, sourceVersion, architecture }
}

export function contextOf(pair: SidePair, path: string, kind: Entry['kind']): FileContext {
  return { path, kind: kind ?? 'data', old: sideContext(pair.old), new: sideContext(pair.new), depth: 0 }
}
