import { constants } from 'node:buffer'
import { describeHugeReport } from './huge-suite.ts'

// Longer than the longest string of Node.js.
describeHugeReport(constants.MAX_STRING_LENGTH + 8 * 2 ** 20)
