import { stat } from 'node:fs/promises'
import type { Config } from '../../config/load.ts'
import { openConfiguredArtifacts, openConfiguredDatabase, openConfiguredRedis } from '../../factories.ts'
import { createLog } from '../../log.ts'
import { maskSecrets } from '../../mask-secrets.ts'
import { untilAborted } from '../../until-aborted.ts'
import { checkReadable } from './directories.ts'
import { type Finding, failed, ok, warning } from './finding.ts'
import { reasonOf } from './reason-of.ts'

const TIMEOUT_MS = 20_000

/** The database, the state, Redis and the artifacts. */
export function checkServices(config: Config): Promise<Finding[]> {
  return Promise.all([
    checkDatabase(config),
    checkSearch(config),
    checkState(config),
    checkRedis(config),
    checkArtifacts(config),
  ])
}

async function checkDatabase(config: Config): Promise<Finding> {
  const name = 'database'
  const location = config.databaseUrl ? maskSecrets(config.databaseUrl) : `embedded, in ${config.dataDir}`
  const isNew = !config.databaseUrl && !(await stat(`${config.dataDir}/postgres`).catch(() => null))
  if (isNew) return ok(name, `${location}; created at the first start`)
  try {
    await untilAborted(queryDatabase(config), AbortSignal.timeout(TIMEOUT_MS))
    return ok(name, location)
  } catch (error) {
    const advice = config.databaseUrl
      ? 'Check that the server runs, that --database-url (or database_location) is its URL, and that the user may read the tables.'
      : 'Stop other programs that use the data directory, or set --data-dir to another directory.'
    return failed(name, `${location}: ${reasonOf(error)}`, advice)
  }
}

async function queryDatabase(config: Config): Promise<void> {
  const database = await openConfiguredDatabase(config)
  const { runsByIds } = await import('../../db/runs.ts')
  try {
    // No run has this id; the query only shows that the tables can be read.
    await runsByIds(database, ['differ-doctor'])
  } finally {
    await database.close()
  }
}

/** A search without an index works, so what is missing is a warning. */
async function checkSearch(config: Config): Promise<Finding> {
  const name = 'search'
  if (!config.databaseUrl) return ok(name, 'the embedded database is small enough to be read')
  const database = await openConfiguredDatabase(config)
  const { columnsWithoutIndex } = await import('../../db/search.ts')
  try {
    const missing = await untilAborted(database.query(columnsWithoutIndex), AbortSignal.timeout(TIMEOUT_MS))
    if (missing.length === 0) return ok(name, 'trigram indexes cover the searched columns')
    return warning(
      name,
      `no trigram index on ${missing.join(', ')}: each search for a rare word reads the whole table`,
      'Create the indexes of "Search" in docs/operations.md, or expect searches to take seconds on a large farm.',
    )
  } catch (error) {
    return warning(name, reasonOf(error), 'The check of the database says more.')
  } finally {
    await database.close()
  }
}

/** Whether the server answers. The tables are created by the first service that uses them, not here. */
async function checkState({ stateDatabaseUrl: url, databaseUrl }: Config): Promise<Finding> {
  const name = 'state'
  if (url === null)
    return ok(
      name,
      databaseUrl ? 'not configured; there are no views of campaigns' : 'in the embedded database',
    )
  const { openDatabase } = await import('../../db/database.ts')
  const database = await openDatabase({ url })
  try {
    await untilAborted(database.ping(), AbortSignal.timeout(TIMEOUT_MS))
    return ok(name, maskSecrets(url))
  } catch (error) {
    const advice =
      'Check that the server runs, that --state-database-url is its URL, and that the role may create the schema "differ".'
    return failed(name, `${maskSecrets(url)}: ${reasonOf(error)}`, advice)
  } finally {
    await database.close()
  }
}

async function checkRedis(config: Config): Promise<Finding> {
  const name = 'redis'
  if (!config.redisUrl) return ok(name, 'not configured; the queue is in the process of the service')
  const location = maskSecrets(config.redisUrl)
  const link = await openConfiguredRedis(config, createLog({ ...config, logLevel: 'silent' }))
  try {
    await untilAborted(Promise.resolve(link?.client.ping()), AbortSignal.timeout(TIMEOUT_MS))
    return ok(name, location)
  } catch (error) {
    const advice = 'Check that the server runs and that --redis-url (or redis_location) is its URL.'
    return failed(name, `${location}: ${reasonOf(error)}`, advice)
  } finally {
    link?.close()
  }
}

async function checkArtifacts(config: Config): Promise<Finding> {
  const name = 'artifacts'
  const { artifactLocation: location } = config
  if (!location.startsWith('gs://')) {
    if (config.origins.artifactLocation === 'default' && !(await stat(location).catch(() => null)))
      return warning(
        name,
        `${location} does not exist`,
        'Import packages with `differ import`, or set --artifact-location.',
      )
    return checkReadable(
      name,
      location,
      'Check that the directory exists and is readable, or set --artifact-location.',
    )
  }
  const store = await openConfiguredArtifacts(config)
  try {
    await store.check?.(AbortSignal.timeout(TIMEOUT_MS))
    return ok(name, location)
  } catch (error) {
    const advice =
      'Check that the bucket exists, and that the credentials (GOOGLE_APPLICATION_CREDENTIALS, or the service account of the machine) may list and read it.'
    return failed(name, `${location}: ${reasonOf(error)}`, advice)
  } finally {
    await store.close()
  }
}
