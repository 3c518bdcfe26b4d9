import { ArtifactsMissingError } from '../errors.ts'
import type { Binary, Run } from '../model.ts'
import type { Context } from './context.ts'
import { parseIdParts } from './id-parts.ts'

/**
 * Lists the packages of a run in the artifact store; fetches none of them.
 * @throws ArtifactsMissingError, ArtifactRetrievalError, ArtifactRetrievalTimeoutError
 */
export function listBinaries(run: Run, { resources }: Context): Promise<readonly Binary[]> {
  return resources.loaders.binaries.load(run.id)
}

export function binaryId({ runId, filename }: Binary): string {
  return JSON.stringify([runId, filename])
}

/**
 * Finds a package by the inner part of its global id; null if the store does not have it.
 * @throws ArtifactRetrievalError, ArtifactRetrievalTimeoutError
 */
export async function loadBinary(id: string, { resources }: Context): Promise<Binary | null> {
  const [runId, filename] = parseIdParts(id)
  if (typeof runId !== 'string' || typeof filename !== 'string') return null
  const binaries = await resources.loaders.binaries.load(runId).catch((error: unknown) => {
    if (error instanceof ArtifactsMissingError) return []
    throw error
  })
  return binaries.find((binary) => binary.filename === filename) ?? null
}
