/** All normalisers of text, in the order in which they are applied: what names a whole entry or line before what names a part of it. */
import type { TextNormaliser } from '../normaliser.ts'
import { buildInfo } from './build-info.ts'
import { binnmuChangelog, changelogTop } from './changelog.ts'
import {
  copyrightYear,
  docDate,
  elcStamp,
  fontIndex,
  gettextDate,
  javaProperties,
  manDate,
  otherStamps,
  postscriptDate,
  rBuilt,
  stampedLines,
} from './dates-in-text.ts'
import { htmlLists } from './html-lists.ts'
import {
  builder,
  buildFlags,
  buildPath,
  buildUser,
  builtOn,
  compiledIn,
  debhelper,
  kernel,
  pathShell,
  randomId,
  toolchain,
} from './machine.ts'
import { versionEcho } from './version-echo.ts'

export const NORMALISERS: readonly TextNormaliser[] = [
  binnmuChangelog,
  changelogTop,
  buildInfo,
  versionEcho,
  buildFlags,
  buildPath,
  buildUser,
  builder,
  kernel,
  rBuilt,
  builtOn,
  compiledIn,
  debhelper,
  manDate,
  docDate,
  copyrightYear,
  javaProperties,
  gettextDate,
  postscriptDate,
  elcStamp,
  fontIndex,
  otherStamps,
  stampedLines,
  toolchain,
  pathShell,
  randomId,
  htmlLists,
]
