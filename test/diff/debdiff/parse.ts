import { readSections } from '../../../src/diff/debdiff/read-sections.ts'
import type { DebdiffSection } from '../../../src/diff/debdiff/sections.ts'

/** All sections of a debdiff. */
export async function parseDebdiff(text: string): Promise<DebdiffSection[]> {
  const sections: DebdiffSection[] = []
  for await (const section of readSections(Buffer.from(text))) sections.push(section)
  return sections
}
