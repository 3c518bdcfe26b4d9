import PQueue from 'p-queue'
import { UsageError } from '../errors.ts'
import { maskSecrets } from '../mask-secrets.ts'
import { type Asker, openAsker, type Reply } from './check-legacy/client.ts'
import { compareAnswers } from './check-legacy/compare.ts'
import { FAULTS, isMispaired } from './check-legacy/known-differences.ts'
import { readPairs } from './check-legacy/pick-pairs.ts'
import { type Checked, describe, tallyOf } from './check-legacy/report.ts'
import { type CheckRequest, generalRequests, pairRequests } from './check-legacy/requests.ts'

export interface CheckOptions {
  /** Addresses of the two services. */
  readonly old: string
  readonly new: string
  /** File of lines `OLD NEW`, `-` for standard input; without it only what needs no runs is asked. */
  readonly pairs?: string | undefined
  readonly json: boolean
  /** Sends POST /precache/… too, which makes both services work. */
  readonly withPrecache: boolean
  /** Pairs at a time: each of them asks one thing at a time of each service. */
  readonly concurrency: number
  readonly timeoutMs: number
}

/**
 * Asks two services the same and prints what differs.
 * @returns exit status: 0 for no difference but known faults, 1 for others, 2 where a service did not answer
 * @throws UsageError
 */
export async function checkLegacy(options: CheckOptions): Promise<number> {
  const [old, fresh] = [options.old, options.new].map((address) =>
    openAsker(addressOf(address), options.timeoutMs),
  ) as [Asker, Asker]
  const pairs = options.pairs === undefined ? [] : await readPairs(options.pairs)
  const groups = [generalRequests(), ...pairs.map((pair) => pairRequests(pair, options.withPrecache))]
  const progress = progressLine(groups.reduce((sum, group) => sum + group.length, 0))
  const queue = new PQueue({ concurrency: options.concurrency })
  try {
    const checked = (
      await queue.addAll(groups.map((group) => () => checkGroup(group, old, fresh, progress.step)))
    ).flat()
    progress.clear()
    process.stdout.write(options.json ? asJson(options, checked) : describe(checked))
    const { trouble, different } = tallyOf(checked)
    return trouble > 0 ? 2 : different > 0 ? 1 : 0
  } finally {
    progress.clear()
    old.close()
    fresh.close()
  }
}

/** In order: the first request of a kind makes the diff, the others find it. */
async function checkGroup(
  requests: readonly CheckRequest[],
  old: Asker,
  fresh: Asker,
  onStep: () => void,
): Promise<Checked[]> {
  const checked: Checked[] = []
  let mispaired = false
  for (const request of requests) {
    const [was, is] = await Promise.all([old.ask(request), fresh.ask(request)])
    onStep()
    if ('failed' in was || 'failed' in is) {
      const trouble = {
        old: 'failed' in was ? was.failed : null,
        new: 'failed' in is ? is.failed : null,
      }
      checked.push({ request, differences: [], trouble })
      continue
    }
    mispaired ||= isReport(request, was) && isReport(request, is) && isMispaired(was, is)
    const differences = compareAnswers({ request, old: was, new: is, mispaired })
    checked.push({ request, differences, trouble: null })
  }
  return checked
}

function isReport({ about, filtered, accept }: CheckRequest, { status }: Reply): boolean {
  return about === 'diffoscope' && !filtered && accept === 'application/json' && status === 200
}

function addressOf(text: string): URL {
  // The text is not repeated in the message: it may hold a password.
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError('Give the addresses of the two services as http://HOST:PORT/ or https://HOST/')
  return new URL(text)
}

function asJson(options: CheckOptions, checked: readonly Checked[]): string {
  const document = {
    old: maskSecrets(options.old),
    new: maskSecrets(options.new),
    ...tallyOf(checked),
    faults: FAULTS,
    checked: checked.filter(({ differences, trouble }) => differences.length > 0 || trouble !== null),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function progressLine(total: number): { step: () => void; clear: () => void } {
  if (!process.stderr.isTTY) return { step: () => {}, clear: () => {} }
  let done = 0
  return {
    step: () => void process.stderr.write(`\r\x1b[K${++done} of ${total} requests`),
    clear: () => void process.stderr.write('\r\x1b[K'),
  }
}
