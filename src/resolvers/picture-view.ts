/** Pictures among the files of a comparison. */
import type { FileAddress, PictureFacts, RunPair } from '../model.ts'
import { picturePath } from '../rendering-path.ts'
import type { Services } from './context.ts'
import type { FileReportView } from './open-reports.ts'

/** A picture on one side of a report. */
export interface PictureView extends PictureFacts {
  readonly pair: RunPair
  readonly file: FileAddress
  readonly side: 'old' | 'new'
}

/** Null if the file is not a picture on that side. */
export function pictureOf({ stored }: FileReportView, side: 'old' | 'new'): PictureView | null {
  const { entry, pair, file } = stored
  const facts = entry.origin.pictures?.[side]
  return facts ? { ...facts, pair, file, side } : null
}

export function pictureUrl(
  { pair, file, side, sha256 }: PictureView,
  { baseUrl }: Pick<Services, 'baseUrl'>,
): string {
  return baseUrl + picturePath({ oldId: pair.old.id, newId: pair.new.id, file, side, sha256 })
}
