/** Runs and options for an engine, without the test runner. */
import type { MakeOptions } from '../../src/diff/engine-options.ts'
import type { Limits, Run } from '../../src/model.ts'

/** Enough for every fixture that is not meant to exceed a limit. */
export const LIMITS: Limits = {
  timeoutMs: 60_000,
  memoryBytes: 1_500_000_000,
  cpuSeconds: 60,
  openFiles: 1024,
  outputBytes: 100_000_000,
  tempBytes: 100_000_000,
}

export const MAKE_OPTIONS: MakeOptions = { limits: LIMITS, retrievalTimeoutMs: 10_000, urgency: 'request' }

export function makeRun(id: string): Run {
  return {
    id,
    codebase: 'alpha',
    campaign: 'test',
    source: 'alpha',
    version: '1',
    resultCode: 'success',
    startTime: null,
    finishTime: null,
    revision: null,
    mainBranchRevision: null,
    changeSet: null,
  }
}
