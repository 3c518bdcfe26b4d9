import { stat } from 'node:fs/promises'
import type { Config } from '../../config/load.ts'
import { openConfiguredArtifacts, openConfiguredDatabase, openConfiguredRedis } from '../../factories.ts'
import { createLog } from '../../log.ts'
import { maskSecrets } from '../../mask-secrets.ts'
import { untilAborted } from '../../until-aborted.ts'
import { checkReadable } from './directories.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

const LIMIT_MS = 20_000

/** What is reached over a socket, or may be: database, Redis, artifacts. */
export function checkServices(config: Config): Promise<Finding[]> {
  return Promise.all([checkDatabase(config), checkRedis(config), checkArtifacts(config)])
}

async function checkDatabase(config: Config): Promise<Finding> {
  const name = 'database'
  const place = config.databaseUrl ? maskSecrets(config.databaseUrl) : `embedded, in ${config.dataDir}`
  const isNew = !config.databaseUrl && !(await stat(`${config.dataDir}/postgres`).catch(() => null))
  if (isNew) return ok(name, `${place}; made at the first start`)
  try {
    await untilAborted(askDatabase(config), AbortSignal.timeout(LIMIT_MS))
    return ok(name, place)
  } catch (error) {
    const advice = config.databaseUrl
      ? 'See that the server runs, that --database-url (or database_location) leads to it, and that its user may read the tables.'
      : 'See who else uses the data directory, or set --data-dir to another.'
    return failed(name, `${place}: ${reasonOf(error)}`, advice)
  }
}

async function askDatabase(config: Config): Promise<void> {
  const database = await openConfiguredDatabase(config)
  const { runsByIds } = await import('../../db/runs.ts')
  try {
    // No run's id: that the tables can be read is enough.
    await runsByIds(database, ['differ-doctor'])
  } finally {
    await database.close()
  }
}

async function checkRedis(config: Config): Promise<Finding> {
  const name = 'redis'
  if (!config.redisUrl) return ok(name, 'not configured: the queue is in the process')
  const place = maskSecrets(config.redisUrl)
  const link = await openConfiguredRedis(config, createLog({ ...config, logLevel: 'silent' }))
  try {
    await untilAborted(Promise.resolve(link?.client.ping()), AbortSignal.timeout(LIMIT_MS))
    return ok(name, place)
  } catch (error) {
    // The service starts without, and says that it is degraded.
    const advice = 'See that the server runs and that --redis-url (or redis_location) leads to it.'
    return failed(name, `${place}: ${reasonOf(error)}`, advice)
  } finally {
    link?.close()
  }
}

async function checkArtifacts(config: Config): Promise<Finding> {
  const name = 'artifacts'
  const { artifactLocation: place } = config
  if (!place.startsWith('gs://')) {
    if (config.origins.artifactLocation === 'default' && !(await stat(place).catch(() => null)))
      return warning(
        name,
        `${place} is not there`,
        'Import packages (differ import), or set --artifact-location.',
      )
    return checkReadable(
      name,
      place,
      'See that the directory is there and readable, or set --artifact-location.',
    )
  }
  const store = await openConfiguredArtifacts(config)
  try {
    await store.check?.(AbortSignal.timeout(LIMIT_MS))
    return ok(name, place)
  } catch (error) {
    const advice =
      'See that the bucket is there, and that the credentials (GOOGLE_APPLICATION_CREDENTIALS, or the service account of the machine) may list and read it.'
    return failed(name, `${place}: ${reasonOf(error)}`, advice)
  } finally {
    await store.close()
  }
}

/** The innermost reason: what is around it only says that it failed. */
function reasonOf(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  if (!(inner instanceof Error)) return String(inner)
  const [first] = (inner as AggregateError).errors ?? []
  const reason = inner.message || (first as Error | undefined)?.message || inner.name
  return reason.split('\n')[0]!.slice(0, 200)
}
