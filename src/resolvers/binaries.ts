/** A run's packages in the store, as names and sizes. */
import { ArtifactsMissingError } from '../errors.ts'
import type { Binary, Run } from '../model.ts'
import type { Context } from './context.ts'
import { partsOf } from './id-parts.ts'

/** @throws ArtifactsMissingError and the other errors of the store */
export function listBinaries(run: Run, { loaders }: Context): Promise<readonly Binary[]> {
  return loaders.binaries.load(run.id)
}

export function binaryId({ runId, filename }: Binary): string {
  return JSON.stringify([runId, filename])
}

/** Null where the store has no such package. @throws ArtifactRetrievalError, ArtifactRetrievalTimeoutError */
export async function loadBinary(id: string, { loaders }: Context): Promise<Binary | null> {
  const [runId, filename] = partsOf(id)
  if (typeof runId !== 'string' || typeof filename !== 'string') return null
  const binaries = await loaders.binaries.load(runId).catch((error: unknown) => {
    if (error instanceof ArtifactsMissingError) return []
    throw error
  })
  return binaries.find((binary) => binary.filename === filename) ?? null
}
