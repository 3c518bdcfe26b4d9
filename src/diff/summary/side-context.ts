/** What comparers of content know of the package on one side. */
import type { PackageSide } from './changes.ts'
import type { SideContext } from './content/content.ts'

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
