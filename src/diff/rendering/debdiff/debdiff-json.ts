/** A debdiff as one JSON object: the runs, their versions and the text. */
import { textPieces } from './debdiff-text.ts'
import type { DebdiffWriter } from './debdiff-writer.ts'

export const jsonPieces: DebdiffWriter = async function* (sections, options) {
  const { oldRunId, newRunId, oldVersion, newVersion } = options
  const head = JSON.stringify({
    old_run_id: oldRunId,
    new_run_id: newRunId,
    old_version: oldVersion,
    new_version: newVersion,
  })
  yield `${head.slice(0, -1)},"debdiff":"`
  for await (const piece of textPieces(sections)) yield JSON.stringify(piece).slice(1, -1)
  yield '"}'
}
