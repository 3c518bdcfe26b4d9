/** The tests of the queue's contract, for each driver. */
import { describeBatches } from './batch-suite.ts'
import { describeClientShare } from './client-share-suite.ts'
import { describeJobs } from './job-suite.ts'
import type { OpenQueue } from './queue-kit.ts'
import { describeWatching } from './watch-suite.ts'

export function describeQueue(name: string, open: OpenQueue): void {
  describeJobs(name, open)
  describeClientShare(name, open)
  describeBatches(name, open)
  describeWatching(name, open)
}
