/** What GET over REST may make. */
import type { FastifyRequest } from 'fastify'
import type { StoredOf } from '../diff/engine.ts'
import type { StoredFile } from '../diff/stored/stored-file.ts'
import { ForeignPageError, UnauthorizedError } from '../errors.ts'
import type { FileAddress, ResultKind, RunPair } from '../model.ts'
import type { PageOrigins } from '../requests/page-origin.ts'
import type { TokenCheck } from '../requests/token-check.ts'
import { DiffNotReadyError, type DiffService } from '../services/diff-service.ts'

export interface MakingRules {
  readonly origins: PageOrigins
  /** Null if clients without the token may make diffs, too. */
  readonly tokenCheck: TokenCheck | null
}

/**
 * The diff that a GET requests: the cached one, or else one that is made now.
 * @throws UnauthorizedError or ForeignPageError if it is not cached and the request must not start work; as
 *   `DiffService.wait`
 */
export async function getDiff<K extends ResultKind>(
  kind: K,
  pair: RunPair,
  request: FastifyRequest,
  { diffService, making }: { readonly diffService: DiffService; readonly making: MakingRules },
): Promise<StoredOf<K>> {
  const refusal = refusalOf(request, making)
  if (!refusal) return diffService.wait(kind, pair, callerOf(request))
  const cached = await diffService.lookup(kind, pair)
  if (!cached) throw refusal
  return cached
}

/**
 * The report of a file that a GET requests. Text is compared for everyone, because it is cheap.
 * @throws UnauthorizedError or ForeignPageError if diffoscope is needed and the request must not start it; as
 *   `DiffService.file`
 */
export async function getFile(
  pair: RunPair,
  file: FileAddress,
  request: FastifyRequest,
  { diffService, making }: { readonly diffService: DiffService; readonly making: MakingRules },
): Promise<StoredFile> {
  const refusal = refusalOf(request, making)
  try {
    return await diffService.file(pair, file, refusal ? 'CACHED_ONLY' : 'WAIT', callerOf(request))
  } catch (error) {
    throw refusal && error instanceof DiffNotReadyError ? refusal : error
  }
}

/** @throws UnauthorizedError or ForeignPageError if the request must not start work */
export function requireMaking(request: FastifyRequest, making: MakingRules): void {
  const refusal = refusalOf(request, making)
  if (refusal) throw refusal
}

/** Who waits for a diff, and for how long. */
export function callerOf({ ip, signal }: FastifyRequest): { client: string; signal: AbortSignal } {
  return { client: ip, signal }
}

function refusalOf({ headers }: FastifyRequest, { origins, tokenCheck }: MakingRules): Error | null {
  if (origins.isForeignPart(headers)) return new ForeignPageError(headers.origin)
  if (tokenCheck && !tokenCheck.admits(headers.authorization)) return new UnauthorizedError()
  return null
}
