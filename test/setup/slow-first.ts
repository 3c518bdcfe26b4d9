import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The slowest test files, slowest first. A slow file that starts last keeps one core idle until it ends.
 * Vitest knows durations only from earlier runs, so on a new machine it would sort by file size.
 */
export const SLOW_FILES: readonly string[] = [
  'test/soak/soak.test.ts',
  'test/faults/resource-exhaustion.test.ts',
  'test/db/embedded.test.ts',
  'test/hostile/hostile.test.ts',
  'test/faults/full-disk.test.ts',
  'test/service/cli.test.ts',
  'test/service/cli-failures.test.ts',
  'test/service/endings.test.ts',
  'test/farm/farm.test.ts',
  'test/faults/outages.test.ts',
  'test/faults/crash-points.test.ts',
  'test/commands/doctor/doctor.test.ts',
  'test/web/page.test.ts',
  'test/web/large.test.ts',
  'test/web/live.test.ts',
  'test/service/tool-errors.test.ts',
  'test/commands/check-legacy/check-legacy.test.ts',
  'test/rest/abuse.test.ts',
  'test/service/graphql.test.ts',
  'test/graphql/error-coverage.test.ts',
  'test/diff/broken-packages.test.ts',
  'test/diff/summary/pairs.test.ts',
  'test/diff/rendering/diffoscope-real.test.ts',
  'test/graphql/hostile-arguments.test.ts',
  'test/diff/rendering/rest-browser.test.ts',
  'test/diff/hide-noise.test.ts',
  'test/service/huge.test.ts',
  'test/service/run-events.test.ts',
  'test/service/shared-cache.test.ts',
  'test/diff/cache/shared-entries.test.ts',
  'test/diff/summary/corpus.test.ts',
  'test/graphql/many-clients.test.ts',
  'test/diff/tools/processor-time.test.ts',
  'test/clients/user-steps.test.ts',
]

/** Runs the slowest files first, and the others in vitest's order. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = SLOW_FILES.findIndex((slow) => moduleId.endsWith(`/${slow}`))
      return at < 0 ? SLOW_FILES.length : at
    }
    // A stable sort keeps vitest's order of the other files.
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
