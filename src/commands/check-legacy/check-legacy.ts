/** `differ check-legacy`: compares Differ with the old service. */
import PQueue from 'p-queue'
import { UsageError } from '../../errors.ts'
import { maskSecrets } from '../../mask-secrets.ts'
import { progressLine } from '../progress-line.ts'
import { type CheckClient, openClient, type Reply } from './client.ts'
import { compareReplies } from './compare-replies.ts'
import { FAULTS, isMispaired } from './known-differences.ts'
import { readPairs } from './read-pairs.ts'
import { type Checked, describe, tallyOf } from './report.ts'
import { type CheckRequest, generalRequests, pairRequests } from './requests.ts'

export interface CheckOptions {
  /** URLs of the two services. */
  readonly old: string
  readonly new: string
  /**
   * File of lines `OLD NEW`, or `-` for standard input; if omitted, only requests that need no runs are sent.
   */
  readonly pairs?: string | undefined
  readonly json: boolean
  /** Also sends POST /precache/…, which starts work in both services. */
  readonly withPrecache: boolean
  /** Pairs to check at once. For each pair, one request at a time goes to each service. */
  readonly concurrency: number
  readonly timeoutMs: number
}

/**
 * Sends the same requests to two services and prints how the responses differ.
 * @returns the exit status: 0 if nothing differs except by known faults, 1 if something does, 2 if a service
 *   did not respond
 * @throws UsageError
 */
export async function checkLegacy(options: CheckOptions): Promise<number> {
  const oldService = openClient(parseUrl(options.old), options.timeoutMs)
  const newService = openClient(parseUrl(options.new), options.timeoutMs)
  const pairs = options.pairs === undefined ? [] : await readPairs(options.pairs)
  const groups = [generalRequests(), ...pairs.map((pair) => pairRequests(pair, options.withPrecache))]
  const total = groups.reduce((sum, group) => sum + group.length, 0)
  const progress = progressLine()
  let done = 0
  const onRequest = () => progress.show(`${++done} of ${total} requests`)
  const queue = new PQueue({ concurrency: options.concurrency })
  try {
    const checked = (
      await queue.addAll(groups.map((group) => () => checkGroup(group, oldService, newService, onRequest)))
    ).flat()
    progress.clear()
    process.stdout.write(options.json ? asJson(options, checked) : describe(checked))
    const { unanswered, different } = tallyOf(checked)
    if (unanswered > 0) return 2
    return different > 0 ? 1 : 0
  } finally {
    progress.clear()
    oldService.close()
    newService.close()
  }
}

/** Sends the requests in order, because the first request for a diff makes it for the others. */
async function checkGroup(
  requests: readonly CheckRequest[],
  oldService: CheckClient,
  newService: CheckClient,
  onRequest: () => void,
): Promise<Checked[]> {
  const checked: Checked[] = []
  let mispaired = false
  for (const request of requests) {
    const [oldReply, newReply] = await Promise.all([oldService.send(request), newService.send(request)])
    onRequest()
    if ('failure' in oldReply || 'failure' in newReply) {
      const failures = {
        old: 'failure' in oldReply ? oldReply.failure : null,
        new: 'failure' in newReply ? newReply.failure : null,
      }
      checked.push({ request, differences: [], failures })
      continue
    }
    mispaired ||=
      isReport(request, oldReply) && isReport(request, newReply) && isMispaired(oldReply, newReply)
    const differences = compareReplies({ request, old: oldReply, new: newReply, mispaired })
    checked.push({ request, differences, failures: null })
  }
  return checked
}

function isReport({ about, filtered, accept }: CheckRequest, { status }: Reply): boolean {
  return about === 'diffoscope' && !filtered && accept === 'application/json' && status === 200
}

/** The message of the error does not repeat the text, which may contain a password. */
function parseUrl(text: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError('The URLs of the two services must have the form http://HOST:PORT/ or https://HOST/')
  return new URL(text)
}

function asJson(options: CheckOptions, checked: readonly Checked[]): string {
  const document = {
    old: maskSecrets(options.old),
    new: maskSecrets(options.new),
    ...tallyOf(checked),
    faults: FAULTS,
    checked: checked.filter(({ differences, failures }) => differences.length > 0 || failures !== null),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
