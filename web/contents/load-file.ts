/** Gets the report of one file of a comparison, or a job that makes it. */
import { request } from '../api/request.ts'
import { FilePageDocument, type FilePageQuery, MakeFileDocument } from '../generated/graphql.ts'
import type { Started } from '../jobs/use-making.ts'
import type { Pair } from '../pair.ts'
import type { FileAddress } from '../ui/file-address.ts'
import { hideOf } from '../ui/hide.ts'

export type FileComparison = FilePageQuery['comparison']
export type FileAnswer = Extract<FileComparison, { __typename: 'Comparison' }>['file']

/** Without the summary it is not known what noise is: then nothing is hidden. @throws as `request` */
export async function loadFile(
  pair: Pair,
  file: FileAddress,
  filter: boolean,
  signal?: AbortSignal,
): Promise<FileComparison> {
  const loadWith = async (on: boolean) =>
    (await request(FilePageDocument, { ...pair, ...file, ...hideOf(on) }, signal)).comparison
  const comparison = await loadWith(filter)
  const lacksSummary =
    comparison.__typename === 'Comparison' && comparison.file.__typename === 'DiffNotReadyError'
  return filter && lacksSummary ? loadWith(false) : comparison
}

/** Queues the report. @returns null if it is there; why it cannot be made @throws as `request` */
export async function makeFile(pair: Pair, file: FileAddress): Promise<Started | null> {
  const { makeDiffs } = await request(MakeFileDocument, { ...pair, file })
  if (makeDiffs.__typename !== 'MakeDiffsPayload') return makeDiffs
  const { job, report } = makeDiffs
  if (job) return { job }
  return report && 'message' in report ? report : null
}
