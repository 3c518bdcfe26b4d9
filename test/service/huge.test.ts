/** A report larger than the heap. `huge.long.ts` has one that is also longer than the longest string. */
import { describeHugeReport } from './huge-suite.ts'

describeHugeReport(136 * 2 ** 20)
