import { startApp } from '../../app.ts'
import { type Config, describeConfig } from '../../config/load.ts'
import { ReportRenderer } from '../../diff/rendering/report-renderer.ts'
import type { Logger } from '../../log.ts'
import { logToolVersions } from '../process/log-tool-versions.ts'
import { logUncaught } from '../process/log-uncaught.ts'
import { waitForShutdownSignal } from '../process/shutdown-signal.ts'
import { importSamples } from './import-samples.ts'

/**
 * Runs the service until SIGINT or SIGTERM.
 * @param samplesDir sample builds to import at the start; then it prints how to look at them
 */
export async function serve(config: Config, log: Logger, samplesDir?: string): Promise<void> {
  // Before the start, because a service that is stopped while it starts must clean up too.
  const shutdown = waitForShutdownSignal()
  logUncaught(log)
  // Loads its code while the service starts, not during the first requests.
  const renderer = new ReportRenderer()
  renderer.start()
  const app = await startApp(config, log, renderer)
  const stopVersions = logToolVersions(config, log)
  try {
    log.debug(`configuration:\n${describeConfig(config)}`)
    if (samplesDir !== undefined) {
      const pair = await importSamples(app.database, config, samplesDir)
      process.stdout.write(invitation(app.baseUrl, pair))
    }
    log.info(`stopping (${await shutdown}); a second signal stops at once`)
  } finally {
    await stopVersions()
    await app.close()
  }
  log.info('stopped')
}

function invitation(url: string, pair: { old: string; new: string }): string {
  const input = `{ comparison: { runs: { old: "${pair.old}", new: "${pair.new}" } }, wait: true }`
  const query = `mutation { makeDiffs(input: ${input}) { ... on MakeDiffsPayload { comparison { debdiff(hide: [ALL]) { ... on Debdiff { text { content { text } } } } } } } }`
  const body = JSON.stringify({ query })
  return `
Differ is ready, with two sample builds of one source package. Look at them in a browser:

  ${url}/            the web page
  ${url}/graphql     an editor for queries of the API

or in another terminal:

  curl -s ${url}/graphql -H 'content-type: application/json' -d '${body}'
  curl -s ${url}/diffoscope/${pair.old}/${pair.new} -H 'accept: text/plain'

Ctrl-C stops Differ.
`
}
