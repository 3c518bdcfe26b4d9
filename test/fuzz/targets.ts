/** What reads what others write: each is given changed real inputs, and may refuse them in its own words, but never fail otherwise, and never take long. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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

export interface Target {
  readonly name: string
  readonly seeds: readonly Buffer[]
  /** Throws only where the input showed a fault. */
  readonly run: (input: Buffer) => Promise<void> | void
}

/** Runs `work`; errors of these kinds are its own words. */
async function refusing(
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

/** @param dir a place of its own for files */
async function allTargets(dir: string): Promise<Target[]> {
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.txt'))
  const debdiffs = await Promise.all(names.map((name) => readFile(join(EXAMPLES, name))))
  let files = 0
  return [
    {
      name: 'the index of a report, and all that reads by it',
      seeds: texts(REPORT),
      run: async (input) => {
        const path = join(dir, `report-${files++}`)
        await writeFile(path, input)
        try {
          await refusing([DamagedReportError], async () => {
            const report = await openReport(path, `${path}.index`)
            try {
              for (const node of await report.nodes(0, 1000))
                for (const hunk of await report.hunks(node.ordinal, 0, 100)) await drain(report.lines(hunk))
              const sources = { source1: 'old', source2: 'new' }
              for (const format of FORMATS)
                await drain(
                  renderDiffoscope(format, report, {
                    sources,
                    title: 'x',
                    cssUrl: undefined,
                    from: undefined,
                    url: undefined,
                  }),
                )
            } finally {
              await report.close()
            }
          })
        } finally {
          await Promise.all([rm(path, { force: true }), rm(`${path}.index`, { force: true })])
        }
      },
    },
    {
      name: 'the sections of a debdiff, in every format',
      seeds: debdiffs,
      run: async (input) => {
        for (const format of FORMATS)
          for (const filterBoring of [false, true])
            await drain(
              renderDebdiff(format, input, {
                oldRunId: 'a',
                newRunId: 'b',
                oldVersion: '1.0-1',
                newVersion: '1.0-2',
                filterBoring,
              }),
            )
      },
    },
    {
      name: 'Accept and Accept-Encoding',
      seeds: texts(
        'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
        'application/json;q=0.5, text/*;q=0.3, text/plain',
        'gzip, br;q=0.5, *;q=0',
      ),
      run: (input) => {
        const header = input.toString('latin1')
        const supported = ['text/plain', 'text/html', 'application/json', 'text/markdown']
        const chosen = negotiate<string>(supported, header)
        if (chosen && !supported.includes(chosen)) throw new Error(`it chose ${chosen}`)
        const preferred = preferredMediaType<string>(header, supported)
        if (preferred && !supported.includes(preferred)) throw new Error(`it chose ${preferred}`)
        if (acceptedRanges(header).some((range) => !range.includes('/')))
          throw new Error('a range without a slash')
        const encoding = chooseEncoding(header)
        if (encoding && !['br', 'gzip'].includes(encoding)) throw new Error(`it chose ${encoding}`)
      },
    },
    {
      name: 'janitor.conf',
      seeds: texts(
        '# a comment\nlogs_location: "/srv/logs"\nartifact_location: "gs://builds"\ncampaign { name: "x" nested < a: 1 > list: [1, 2.5, "y"] }\nredis_location: \'redis://\\x41\\n\'\ndatabase_location: "postgresql://u:p@h/d"',
      ),
      run: (input) => refusing([UsageError], () => parseJanitorConf(input.toString('utf8'), 'janitor.conf')),
    },
    {
      name: 'the place of a page',
      seeds: texts('5', '5.2.10.3.0.1.2.30.40', '5.2.10-300'),
      run: (input) =>
        refusing([UsageError], () => {
          const place = parsePosition(input.toString('latin1'))
          const again = formatPosition(place)
          if (formatPosition(parsePosition(again)) !== again) throw new Error(`${again} is read as something else`)
        }),
    },
    {
      name: 'global ids and patterns of paths',
      seeds: texts('["old","new",true,"0123456789abcdef",17]', '**/usr/*/l?b.so.*', '{"a":1}'),
      run: (input) => {
        if (!Array.isArray(parseIdParts(input.toString('utf8')))) throw new Error('not a list')
        return refusing([QueryLimitError], () => {
          pathGlob(input.toString('utf8'))(`./usr/lib/${'a'.repeat(3000)}/libssl.so.3`)
        })
      },
    },
    {
      name: 'news of finished runs',
      seeds: texts(
        '{"log_id": "run-1", "result_code": "success", "code": null}',
        '{"run_id": "x", "result": {"code": "success"}}',
      ),
      run: (input) => {
        const news = parseRunMessage(input.toString('utf8'))
        if (news !== null && news !== 'failed' && typeof news.runId !== 'string')
          throw new Error('an id that is no text')
      },
    },
  ]
}

/** Calls `work` with all targets; their files are gone afterwards. */
export async function withTargets(work: (targets: readonly Target[]) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-fuzz-'))
  try {
    await work(await allTargets(dir))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
