/** All hostile packages and bombs, with and without the sandbox. */
import { holes, manyFiles, zeros } from './corpus.ts'
import { describeBomb, describeHostile } from './hostile-suite.ts'

describeHostile(() => true)

for (const bomb of [zeros(300), holes(2_000), manyFiles(300_000)]) describeBomb(bomb, ['require', 'off'])
