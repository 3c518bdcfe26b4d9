import type { Config } from '../../config/load.ts'
import { createFinder, type SearchQuery } from '../../diff/report/search/line-finder.ts'
import type { NamedHit } from '../../diff/search/search-job.ts'
import { parseHide } from '../../diff/summary/noise-classes.ts'
import type { Logger } from '../../log.ts'
import { printable } from '../printable.ts'
import { type Sides, usePair } from '../use-pair.ts'

export interface PrintRequest extends Sides, SearchQuery {
  /** Classes of noise that are not searched, as `parseHide` takes them. */
  readonly hide: string
  readonly isJson: boolean
}

const PAGE = 100
const SIGNS: Readonly<Record<string, string>> = { added: '+', removed: '-' }

/**
 * Prints what a search finds in the diffoscope report of two builds, which is made if it is not cached.
 * @returns whether anything was found
 * @throws UsageError, SearchPatternError; all errors of the engine
 */
export async function printHits(config: Config, log: Logger, request: PrintRequest): Promise<boolean> {
  const { text, isPattern, ignoreCase, side, isJson } = request
  const query = { text, isPattern, ignoreCase, side }
  // Making the report may take minutes.
  createFinder(query)
  const classes = parseHide(request.hide)
  return usePair(config, log, request, async ({ engine, pair, makeOptions, clearProgress }) => {
    const stored = await engine.make('diffoscope', pair, makeOptions)
    const summary = classes.length > 0 ? await engine.make('summary', pair, makeOptions) : null
    clearProgress()
    const options = { filterBoring: false, hide: summary?.hide(classes) }
    let [found, cutLines] = [0, 0]
    for (let after: string | null = null, isLast = false; !isLast; ) {
      const page = await stored.search(options, { ...query, first: PAGE, after }, makeOptions)
      for (const { hit } of page.hits) await print(isJson ? jsonOf(hit) : lineOf(hit))
      found += page.hits.length
      cutLines += page.cutLines
      after = page.endCursor
      isLast = !page.hasNextPage
    }
    if (cutLines > 0)
      process.stderr.write(`${cutLines} lines are too long: only their beginnings were searched.\n`)
    return found > 0
  })
}

function lineOf({ path, line, text, place }: NamedHit): string {
  const where = path.join('/')
  const shown = line
    ? `${line.oldNumber ?? ''}:${line.newNumber ?? ''}:${SIGNS[line.kind] ?? ' '}`
    : `${place === 'comment' ? 'comment' : 'name'}:`
  return printable(`${where}:${shown}${text}`)
}

function jsonOf({ path, node, place, line, text, textStart, matches }: NamedHit): string {
  return JSON.stringify({ path, node, place, ...line, text, textStart, matches })
}

function print(line: string): Promise<void> {
  return new Promise((resolve, reject) =>
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve())),
  )
}
