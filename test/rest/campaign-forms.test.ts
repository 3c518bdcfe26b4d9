/** Forms of campaigns with names that mean something to a spreadsheet, to Markdown or to XML. */
import { describe, expect, it } from 'vitest'
import { campaignFeed, campaignMarkdown, csvLine } from '../../src/rest/campaign-forms.ts'
import type { CampaignOverview } from '../../src/state/campaign-queries.ts'
import type { MatchingComparison } from '../../src/state/matching-comparisons.ts'

const campaign: CampaignOverview = {
  ...{ id: 1, name: 'a|b', newestMs: 0, recordedMs: 0 },
  verdicts: [],
  failures: [],
  rules: [],
}
const comparison = (codebase: string): MatchingComparison => ({
  ...{
    cursor: { finishedMs: 0, id: 1 },
    oldId: 'old',
    newId: 'new',
    codebase,
    verdict: 'SUBSTANTIVE',
    failure: null,
  },
  ...{ bad: 1, verify: 0, info: 0, expected: 0, signature: '-7', rulesVersion: 8, rulesFile: '' },
})

describe('a line of CSV', () => {
  it.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+1', `"'+1"`],
    ['-1', `"'-1"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['\t=1', `"'\t=1"`],
    [' =1', `"' =1"`],
    ['\r=1', `"'\r=1"`],
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['a\nb', '"a\nb"'],
    ['tea-1.0', 'tea-1.0'],
  ])('shows %j as text', (codebase, field) => {
    expect(csvLine(comparison(codebase))).toBe(`old,new,${field},SUBSTANTIVE,,1,0,0,0,-7\r\n`)
  })
})

describe('a feed', () => {
  it('escapes markup, and spells out what XML cannot have', () => {
    const text = campaignFeed(campaign, [comparison('<b>&\0\x1b\u202e\uffff')], 'http://localhost/x&y')
    expect(text).toContain('<title>&lt;b&gt;&amp;')
    expect(text).toContain('href="http://localhost/x&amp;y/summary/old/new"')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\ufffe\uffff\u202e]/)
  })
})

describe('Markdown', () => {
  it('keeps a name within its cell', () => {
    const report = {
      campaign,
      lagSeconds: 0,
      outdated: 0,
      counts: [],
      rules: [],
      clusters: [],
      hasMoreClusters: false,
      next: null,
    }
    const text = campaignMarkdown({ ...report, comparisons: [comparison('a | b\n<script> [x](y) `z`')] })
    const row = text.split('\n').find((line) => line.startsWith('| new'))
    expect(row?.match(/(?<!\\)\|/g)).toHaveLength(8)
    expect(row).not.toMatch(/<script>|(?<!\\)`|(?<!\\)\[/)
  })
})
