/**
 * Parses the farm's messages about finished runs. Other programs may publish on the same Redis, so only the
 * id is used.
 */
import { SUCCESS } from '../run-pair.ts'

/**
 * A `result` message contains the run's whole outcome. Parsing a hostile message, with nested lists or a name
 * for every four bytes, takes 150 ms per MiB. A run whose message is longer than this is left to the
 * backfill.
 */
const MAX_MESSAGE_LENGTH = 256 << 10
const MAX_ID_LENGTH = 200

/**
 * Reads the formats of the old and the newer runner: `{"code": "success", "log_id": …}` and `{"result_code":
 * "success", "run_id": …}`.
 * @returns the id of a run that finished successfully; `failed` for a run that failed; null for any other
 * message
 */
export function parseRunMessage(message: string): { readonly runId: string } | 'failed' | null {
  if (message.length > MAX_MESSAGE_LENGTH) return null
  const parsed = parseJson(message)
  if (typeof parsed !== 'object' || parsed === null) return null
  const { run_id, log_id, result_code, code } = parsed as Record<string, unknown>
  const [runId, outcome] = run_id === undefined ? [log_id, code] : [run_id, result_code]
  if (typeof runId !== 'string' || typeof outcome !== 'string') return null
  if (runId === '' || runId.length > MAX_ID_LENGTH || runId.includes('\0')) return null
  return outcome === SUCCESS ? { runId } : 'failed'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
