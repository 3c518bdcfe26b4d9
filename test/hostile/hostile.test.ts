/** Hostile packages, and bombs that reach low limits in seconds. `hostile.long.ts` has the large ones. */
import { holes, manyFiles, zeros } from './corpus.ts'
import { describeBomb, describeHostile } from './hostile-suite.ts'

describeHostile(({ reachesOut }) => reachesOut === true)

// Where there is no sandbox, another mechanism limits temporary files.
describeBomb(zeros(60), ['require', 'off'])
describeBomb(holes(200), ['require'])
describeBomb(manyFiles(8_000), ['require'])
