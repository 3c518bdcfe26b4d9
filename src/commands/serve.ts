import { startApp } from '../app.ts'
import { type Config, describeConfig } from '../config/load.ts'
import { startRenderWorker } from '../diff/rendering/render-worker-client.ts'
import type { Logger } from '../log.ts'
import { tellTools } from './log-tool-versions.ts'
import { logUncaught } from './log-uncaught.ts'
import { importSamples } from './samples.ts'
import { untilToldToStop } from './shutdown-signal.ts'

/**
 * Runs the service until it is told to stop by SIGINT or SIGTERM; a second one ends it at once.
 * @param samplesDir sample runs to import first, with what to paste to see them
 */
export async function serve(config: Config, log: Logger, samplesDir?: string): Promise<void> {
  // Heard from here on: a service that is told to stop while it starts is to leave nothing behind either.
  const told = untilToldToStop()
  logUncaught(log)
  // While the parts are opened, and not beside the first requests.
  startRenderWorker()
  const app = await startApp(config, log)
  const stopTelling = tellTools(config, log)
  try {
    log.debug(`configuration:\n${describeConfig(config)}`)
    if (samplesDir !== undefined) {
      const pair = await importSamples(app.database, config, samplesDir)
      process.stdout.write(invitation(app.baseUrl, pair))
    }
    const signal = await told
    log.info(`stopping (${signal}); once more stops at once`)
  } finally {
    await stopTelling()
    await app.close()
  }
  log.info('stopped')
}

function invitation(url: string, pair: { old: string; new: string }): string {
  const query = `{ comparison(old: "${pair.old}", new: "${pair.new}") { ... on Comparison { debdiff(mode: WAIT, filterBoring: true) { ... on Debdiff { text { content { text } } } } } } }`
  const body = JSON.stringify({ query })
  return `
Differ is ready, with two sample builds of one source. Look at them in a browser:

  ${url}/

or paste one of these:

  curl -s ${url}/graphql -H 'content-type: application/json' -d '${body}'
  curl -s ${url}/diffoscope/${pair.old}/${pair.new} -H 'accept: text/plain'
  ${url}/graphql   (in a browser: the API, with help)

Ctrl-C stops it.
`
}
