/**
 * The parsers of foreign input. They may refuse an input with an expected error, but must neither fail
 * otherwise nor take long.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJanitorConf } from '../../src/config/janitor-conf.ts'
import { renderDebdiff } from '../../src/diff/rendering/debdiff/render-debdiff.ts'
import { formatPosition, parsePosition } from '../../src/diff/rendering/diffoscope/page-position.ts'
import { renderDiffoscope } from '../../src/diff/rendering/diffoscope/render-diffoscope.ts'
import { openReport } from '../../src/diff/report/open-report.ts'
import { pathGlob } from '../../src/diff/report/path-glob.ts'
import { DamagedReportError, QueryLimitError, UsageError } from '../../src/errors.ts'
import { parseRunMessage } from '../../src/farm/run-message.ts'
import { acceptedRanges, preferredMediaType } from '../../src/requests/accept.ts'
import { negotiate } from '../../src/requests/mimeparse.ts'
import { parseIdParts } from '../../src/resolvers/id-parts.ts'
import { chooseEncoding } from '../../src/responses/content-encoding.ts'
import { packageTargets } from './package-targets.ts'

export interface Target {
  readonly name: string
  readonly seeds: readonly Buffer[]
  /** Throws only if the input reveals a fault. */
  readonly run: (input: Buffer) => Promise<void> | void
}

/** Calls `work` and ignores errors of these kinds, by which a parser refuses an input. */
async function allowing(
  kinds: readonly (new (...args: never[]) => Error)[],
  work: () => unknown,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!kinds.some((kind) => error instanceof kind)) throw error
  }
}

async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks);
}

const texts = (...all: string[]) => all.map((text) => Buffer.from(text))
const FORMATS = ['text', 'markdown', 'html', 'json'] as const
const EXAMPLES = join(import.meta.dirname, '../fixtures/legacy-examples')

const REPORT = JSON.stringify({
  'diffoscope-json-version': 1,
  source1: '/tmp/old',
  source2: '/tmp/new',
  unified_diff: null,
  details: [
    {
      source1: 'tea_1_all.deb',
      source2: 'tea_2_all.deb',
      comments: ['a "comment"\n', 'Timeout exceeded; details may be incomplete.'],
      unified_diff: null,
      details: [
        {
          source1: 'file list',
          source2: 'file list',
          unified_diff:
            '@@ -1,3 +1,4 @@\n a\n-b\n+c\n+d\n\\ No newline at end of file\n@@ -9 +10 @@\n-x\n+\u00fc \\ud800\n',
          has_internal_linenos: false,
        },
        {
          source1: 'control',
          source2: 'control',
          unified_diff: '@@ -1,5000 +1,5000 @@\n-[ 4900 lines removed ]\n+[ 4900 lines removed ]\n',
        },
      ],
    },
  ],
})

/** @param dir an empty directory for the target's files */
function reportTarget(dir: string): Target {
  let files = 0
  return {
    name: 'the index of a report and everything that uses it',
    seeds: texts(REPORT),
    run: async (input) => {
      const path = join(dir, `report-${files++}`)
      await writeFile(path, input)
      try {
        await allowing([DamagedReportError], () => readAndRender(path))
      } finally {
        await Promise.all([rm(path, { force: true }), rm(`${path}.index`, { force: true })])
      }
    },
  }
}

async function readAndRender(path: string): Promise<void> {
  const report = await openReport(path, `${path}.index`)
  try {
    for (const node of await report.nodes(0, 1000))
      for (const hunk of await report.hunks(node.ordinal, 0, 100)) await drain(report.lines(hunk))
    const options = {
      sources: { source1: 'old', source2: 'new' },
      title: 'x',
      cssUrl: undefined,
      from: undefined,
      url: undefined,
    }
    for (const format of FORMATS) await drain(renderDiffoscope(format, report, options))
  } finally {
    await report.close()
  }
}

async function debdiffTarget(): Promise<Target> {
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.txt'))
  return {
    name: 'the sections of a debdiff in every format',
    seeds: await Promise.all(names.map((name) => readFile(join(EXAMPLES, name)))),
    run: async (input) => {
      const pair = { oldRunId: 'a', newRunId: 'b', oldVersion: '1.0-1', newVersion: '1.0-2' }
      for (const format of FORMATS)
        for (const filterBoring of [false, true])
          await drain(renderDebdiff(format, input, { ...pair, filterBoring }))
    },
  }
}

function checkAccept(header: string): void {
  const supported = ['text/plain', 'text/html', 'application/json', 'text/markdown']
  const chosen = [negotiate<string>(supported, header), preferredMediaType<string>(header, supported)]
  for (const type of chosen)
    if (type && !supported.includes(type)) throw new Error(`${type} was chosen but is not supported`)
  const invalid = acceptedRanges(header).find((range) => !range.includes('/'))
  if (invalid !== undefined) throw new Error(`the media range ${invalid} has no slash`)
  const encoding = chooseEncoding(header)
  if (encoding && !['br', 'gzip'].includes(encoding))
    throw new Error(`${encoding} was chosen but is not supported`)
}

const TEXT_TARGETS: readonly Target[] = [
  {
    name: 'Accept and Accept-Encoding',
    seeds: texts(
      'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
      'application/json;q=0.5, text/*;q=0.3, text/plain',
      'gzip, br;q=0.5, *;q=0',
    ),
    run: (input) => checkAccept(input.toString('latin1')),
  },
  {
    name: 'janitor.conf',
    seeds: texts(
      '# a comment\nlogs_location: "/srv/logs"\nartifact_location: "gs://builds"\ncampaign { name: "x" nested < a: 1 > list: [1, 2.5, "y"] }\nredis_location: \'redis://\\x41\\n\'\ndatabase_location: "postgresql://u:p@h/d"',
    ),
    run: (input) => allowing([UsageError], () => parseJanitorConf(input.toString('utf8'), 'janitor.conf')),
  },
  {
    name: 'the position of a page',
    seeds: texts('5', '5.2.10.3.0.1.2.30.40', '5.2.10-300'),
    run: (input) =>
      allowing([UsageError], () => {
        const text = formatPosition(parsePosition(input.toString('latin1')))
        if (formatPosition(parsePosition(text)) !== text)
          throw new Error(`${text} is parsed as something else`)
      }),
  },
  {
    name: 'global ids and path patterns',
    seeds: texts('["old","new",true,"0123456789abcdef",17]', '**/usr/*/l?b.so.*', '{"a":1}'),
    run: (input) => {
      if (!Array.isArray(parseIdParts(input.toString('utf8')))) throw new Error('the parts are not a list')
      return allowing([QueryLimitError], () => {
        pathGlob(input.toString('utf8'))(`./usr/lib/${'a'.repeat(3000)}/libssl.so.3`)
      })
    },
  },
  {
    name: 'messages about finished runs',
    seeds: texts(
      '{"log_id": "run-1", "result_code": "success", "code": null}',
      '{"run_id": "x", "result": {"code": "success"}}',
    ),
    run: (input) => {
      const message = parseRunMessage(input.toString('utf8'))
      if (message !== null && message !== 'failed' && typeof message.runId !== 'string')
        throw new Error('the run id is not a string')
    },
  },
]

/** Calls `work` with all targets, and deletes their files afterwards. */
export async function withTargets(work: (targets: readonly Target[]) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-fuzz-'))
  try {
    await mkdir(join(dir, 'package'))
    const ofPackages = await packageTargets(join(dir, 'package'))
    await work([reportTarget(dir), await debdiffTarget(), ...TEXT_TARGETS, ...ofPackages])
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
