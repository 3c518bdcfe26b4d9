/** What the farm publishes about finished runs. Anybody may publish on the same Redis, so nothing but an id is taken from it. */

import { SUCCESS } from '../run-pair.ts'

/** A `result` holds a run's whole outcome. Parsing a hostile one (nested lists, a name for every four bytes) costs 150 ms per MiB; a longer one is left to the catch-up. */
const MAX_MESSAGE_LENGTH = 256 << 10
const MAX_ID_LENGTH = 200

/**
 * The id of the run that a message says has finished successfully: `{"code": "success", "log_id": …}` or `{"result_code": "success", "run_id": …}`.
 * `failed` for one that says that a run has failed; null for everything else.
 */
export function parseRunMessage(message: string): { readonly runId: string } | 'failed' | null {
  if (message.length > MAX_MESSAGE_LENGTH) return null
  const news = parse(message)
  if (typeof news !== 'object' || news === null) return null
  const { run_id, log_id, result_code, code } = news as Record<string, unknown>
  const [runId, outcome] = run_id === undefined ? [log_id, code] : [run_id, result_code]
  if (typeof runId !== 'string' || typeof outcome !== 'string') return null
  if (runId === '' || runId.length > MAX_ID_LENGTH || runId.includes('\0')) return null
  return outcome === SUCCESS ? { runId } : 'failed'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
