/** Rules files: what they may contain, what they are refused for, and how they judge a summary. */
import { describe, expect, it } from 'vitest'
import { parseRulesFile } from '../../../src/diff/rules-file/parse-rules-file.ts'
import { RulesFile } from '../../../src/diff/rules-file/rules-file.ts'
import type { FieldSummary, FileSummary, Finding, Summary, Verdict } from '../../../src/diff/summary/types.ts'

const RUN = { campaign: 'lintian-fixes', source: 'tea', codebase: 'tea.git' }

function finding(rule: string, more: Partial<Finding> = {}): Finding {
  return {
    rule,
    severity: 'VERIFY',
    package: 'tea',
    path: 'usr/share/tea/leaves',
    old: '',
    new: '',
    message: 'It differs.',
    ...more,
  }
}

interface Given {
  readonly findings?: readonly Finding[]
  readonly packages?: readonly (readonly [name: string, verdict: Verdict])[]
  readonly files?: readonly (Pick<FileSummary, 'package' | 'path' | 'substantive'> &
    Pick<FileSummary, 'old' | 'new'>)[]
  readonly fields?: readonly Pick<FieldSummary, 'package' | 'name' | 'substantive'>[]
  readonly undecided?: readonly string[]
  readonly verdict?: Verdict
  readonly omitted?: Summary['omitted']
}

function summaryOf({
  findings = [],
  packages = [['tea', 'SUBSTANTIVE']],
  files = [],
  fields = [],
  undecided = [],
  verdict = 'SUBSTANTIVE',
  omitted,
}: Given): Summary {
  return {
    version: 1,
    rulesVersion: '1',
    verdict,
    findings,
    noise: [],
    packages: packages.map(([name, ofPackage]) => ({
      package: name,
      change: 'CHANGED',
      verdict: ofPackage,
      noise: [],
      oldVersion: '1',
      newVersion: '1',
      oldArchitecture: 'all',
      newArchitecture: 'all',
      oldSizeBytes: 1,
      newSizeBytes: 1,
    })),
    fields: fields.map((field) => ({ ...field, old: '1', new: '2', noise: [] })),
    files: files.map((file) => ({ ...file, change: 'CHANGED', noise: [] })),
    undecided,
    ...(omitted && { omitted }),
  }
}

const expecting = (keys: string) =>
  new RulesFile('rules.yaml', `expected:\n  - { rule: CONTENT_CHANGED, reason: because${keys} }\n`)

describe('a rules file', () => {
  it.each([
    ['an empty file', ''],
    ['comments only', '# nothing yet\n'],
    ['empty lists', 'severities: []\nexpected:\n'],
    ['a document marker', '---\nexpected:\n  - rule: MODE_SETUID\n    reason: sudo\n'],
    [
      'lists of patterns',
      'expected:\n  - rule: [MODE_SETUID, MODE_CHANGED]\n    package: [a, b]\n    reason: c\n',
    ],
    ['JSON', '{"severities": [{"rule": "MODE_SETUID", "severity": "INFO", "reason": "x"}]}'],
  ])('may be %s', (_what, text) => {
    expect(parseRulesFile(text).problems).toEqual([])
  })

  it.each<[what: string, text: string, problems: RegExp[]]>([
    [
      'an unknown rule',
      'expected:\n  - reason: x\n    rule: MODE_STUID\n',
      [/^line 3: there is no rule "MODE_STUID"; docs\/rules\.md/],
    ],
    [
      'an unknown rule in a list',
      'expected:\n  - rule: [MODE_SETUID, X]\n    reason: x\n',
      [/^line 2: there is no rule "X"/],
    ],
    [
      'an unknown key of an entry',
      'expected:\n  - rule: MODE_SETUID\n    reason: x\n    pakage: sudo\n',
      [/^line 4: an entry of "expected" cannot have the key "pakage"; the keys are rule, campaign,/],
    ],
    ['an unknown key of the file', '\nexpect: []\n', [/^line 2: the file cannot have the key "expect"/]],
    [
      'a severity in an expected finding',
      'expected:\n  - { rule: MODE_SETUID, severity: INFO, reason: x }\n',
      [/^line 2: .* cannot have the key "severity"/],
    ],
    ['no reason', 'expected:\n  - rule: MODE_SETUID\n', [/^line 2: .* needs a "reason"/]],
    [
      'an empty reason',
      'expected:\n  - rule: MODE_SETUID\n    reason: "  "\n',
      [/^line 3: .* needs a "reason"/],
    ],
    ['no rule', 'expected:\n  - reason: x\n', [/^line 2: .* needs a "rule"/]],
    [
      'an unknown severity',
      'severities:\n  - rule: MODE_SETUID\n    severity: HARMLESS\n    reason: x\n',
      [/^line 3: "severity" must be one of BAD, VERIFY, INFO, not "HARMLESS"/],
    ],
    ['no severity', 'severities:\n  - { rule: MODE_SETUID, reason: x }\n', [/^line 2: "severity" must be/]],
    [
      'a number as a pattern',
      'expected:\n  - rule: MODE_SETUID\n    package: 7\n    reason: x\n',
      [/^line 3: "package" must be text/],
    ],
    [
      'a pattern that is too long',
      `expected:\n  - rule: MODE_SETUID\n    path: ${'x'.repeat(201)}\n    reason: x\n`,
      [/^line 3: "path" is too long/],
    ],
    [
      'a reason that is too long',
      `expected:\n  - rule: MODE_SETUID\n    reason: ${'x'.repeat(501)}\n`,
      [/^line 3: the "reason" has 501/],
    ],
    ['a list in place of the file', '- rule: MODE_SETUID\n', [/^line 1: the file must be a mapping/]],
    [
      'a mapping in place of a list',
      'expected:\n  rule: MODE_SETUID\n',
      [/^line 2: "expected" must be a list/],
    ],
    [
      'text in place of an entry',
      'expected:\n  - MODE_SETUID\n',
      [/^line 2: an entry .* must be a mapping/, /needs a "rule"/, /needs a "reason"/],
    ],
    ['a key twice', 'expected: []\nexpected: []\n', [/^line 2: is not valid YAML: Map keys must be unique/]],
    ['broken YAML', 'expected:\n  - rule: "MODE\n', [/^line \d: is not valid YAML/]],
    ['two documents', 'expected: []\n---\nexpected: []\n', [/^line \d: is not valid YAML/]],
    ['an alias', 'expected:\n  - &a { rule: MODE_SETUID, reason: x }\n  - *a\n', [/^line 3: /]],
  ])('is refused for %s, with the line', (_what, text, problems) => {
    const found = parseRulesFile(text).problems
    for (const problem of problems) expect(found).toContainEqual(expect.stringMatching(problem))
    expect(() => new RulesFile('rules.yaml', text)).toThrow(/rules\.yaml is invalid:\n {2}- line/)
  })

  it('is refused for too many entries', () => {
    const text = `expected:\n${'  - { rule: MODE_SETUID, reason: x }\n'.repeat(1001)}`
    expect(parseRulesFile(text).problems).toEqual([expect.stringContaining('1001 entries')])
  })

  it('is refused with at most 20 of its problems', () => {
    const text = `expected:\n${'  - { rule: NO_RULE, reason: x }\n'.repeat(30)}`
    expect(() => new RulesFile('f', text)).toThrow(/… and 10 more$/)
  })
})

describe('an expected finding', () => {
  it.each([
    ['', true],
    [', campaign: lintian-fixes', true],
    [', campaign: lintian-*', true],
    [', campaign: [security, lintian-fixes]', true],
    [', campaign: lintian', false],
    [', source: tea', true],
    [', source: coffee', false],
    [', source: tea.git', false],
    [', package: t?a', true],
    [', package: teapot', false],
    [', path: usr/share/tea/leaves', true],
    [', path: /usr/share/tea/leaves', true],
    [', path: ./usr/share/tea/*', true],
    [', path: "usr/**"', true],
    [', path: usr/*', false],
    [', path: leaves', true],
    [', path: leaf', false],
    [', campaign: lintian-fixes, path: etc/**', false],
  ])('is one to which all keys apply: "%s"', (keys, isExpected) => {
    const { findings } = expecting(keys).apply(summaryOf({ findings: [finding('CONTENT_CHANGED')] }), RUN)
    expect(findings[0]?.expected).toEqual(isExpected ? { reason: 'because' } : undefined)
  })

  it.each([
    ['of another rule', finding('MODE_SETUID'), '', false],
    [
      'of a package with an architecture',
      finding('CONTENT_CHANGED', { package: 'tea:i386' }),
      ', package: tea',
      true,
    ],
    [
      'of another architecture',
      finding('CONTENT_CHANGED', { package: 'tea:i386' }),
      ', package: tea:amd64',
      false,
    ],
    ['about a field', finding('CONTENT_CHANGED', { path: 'control:Depends' }), ', path: "control:*"', true],
    ['about a package as a whole', finding('CONTENT_CHANGED', { path: '' }), ', path: "**"', true],
  ])('may be %s', (_what, given, keys, isExpected) => {
    const { findings } = expecting(keys).apply(summaryOf({ findings: [given] }), RUN)
    expect(findings[0]?.expected !== undefined).toBe(isExpected)
  })

  it('of a run without a known source is matched by its codebase', () => {
    const file = expecting(', source: tea.git')
    const { findings } = file.apply(summaryOf({ findings: [finding('CONTENT_CHANGED')] }), {
      ...RUN,
      source: null,
    })
    expect(findings[0]?.expected).toBeDefined()
  })

  it('comes after all others, and nothing is left out', () => {
    const given = [
      finding('CONTENT_CHANGED', { severity: 'BAD' }),
      finding('MODE_CHANGED'),
      finding('FILE_ADDED', { severity: 'INFO' }),
    ]
    const { findings } = expecting('').apply(summaryOf({ findings: given }), RUN)
    expect(findings.map(({ rule }) => rule)).toEqual(['MODE_CHANGED', 'FILE_ADDED', 'CONTENT_CHANGED'])
  })

  it('has the reason of the last entry that applies', () => {
    const file = new RulesFile(
      'f',
      'expected:\n- { rule: CONTENT_CHANGED, reason: one }\n- { rule: CONTENT_CHANGED, reason: two }\n- { rule: MODE_SETUID, reason: three }\n',
    )
    const summary = file.apply(summaryOf({ findings: [finding('CONTENT_CHANGED')] }), RUN)
    expect(summary.findings[0]?.expected).toEqual({ reason: 'two' })
    expect(summary.expected?.map(({ reason, findings }) => [reason, findings])).toEqual([
      ['one', 0],
      ['two', 1],
      ['three', 0],
    ])
  })
})

describe('a changed severity', () => {
  const file = new RulesFile(
    'f',
    'severities:\n- { rule: CONTENT_CHANGED, path: usr/share/**, severity: INFO, reason: data }\n- { rule: FILE_ADDED, severity: BAD, reason: no new files }\n',
  )

  it('is shown with the former one and the reason, and changes the order', () => {
    const given = [finding('CONTENT_CHANGED'), finding('FILE_ADDED', { severity: 'INFO' })]
    const { findings } = file.apply(summaryOf({ findings: given }), RUN)
    expect(findings).toMatchObject([
      { rule: 'FILE_ADDED', severity: 'BAD', severityChange: { from: 'INFO', reason: 'no new files' } },
      { rule: 'CONTENT_CHANGED', severity: 'INFO', severityChange: { from: 'VERIFY', reason: 'data' } },
    ])
  })

  it('is not mentioned where the severity is the same', () => {
    const given = [finding('CONTENT_CHANGED', { severity: 'INFO' })]
    const { findings } = file.apply(summaryOf({ findings: given }), RUN)
    expect(findings[0]).not.toHaveProperty('severityChange')
  })

  it('does not change the verdict', () => {
    expect(file.apply(summaryOf({ findings: [finding('CONTENT_CHANGED')] }), RUN).verdict).toBe('SUBSTANTIVE')
  })
})

describe('the verdict', () => {
  const leaves = { package: 'tea', path: 'usr/share/tea/leaves', substantive: true }
  const changed = finding('CONTENT_CHANGED')
  const dependency = finding('CONTENT_CHANGED', { path: 'control:depends' })
  const depends = { package: 'tea', name: 'depends', substantive: true }
  const control = { package: 'tea', path: 'control/control', substantive: true }
  const attributes = (mode: string) => ({ mode, owner: 'root', group: 'root', target: null })

  it.each<[what: string, given: Given, verdict: Verdict]>([
    ['every finding is expected', { findings: [changed], files: [leaves] }, 'EXPECTED'],
    [
      'another finding is not',
      { findings: [changed, finding('MODE_SETUID')], files: [leaves] },
      'SUBSTANTIVE',
    ],
    [
      'a file differs without a finding',
      { findings: [changed], files: [leaves, { ...leaves, path: 'usr/share/tea/more' }] },
      'SUBSTANTIVE',
    ],
    [
      'another file differs by noise only',
      { findings: [changed], files: [leaves, { ...leaves, path: 'x', substantive: false }] },
      'EXPECTED',
    ],
    ['a package differs without a finding', { findings: [], files: [] }, 'SUBSTANTIVE'],
    [
      'another package differs',
      {
        findings: [changed],
        packages: [
          ['tea', 'SUBSTANTIVE'],
          ['pot', 'SUBSTANTIVE'],
        ],
      },
      'SUBSTANTIVE',
    ],
    [
      'another package differs by noise',
      {
        findings: [changed],
        packages: [
          ['tea', 'SUBSTANTIVE'],
          ['pot', 'NOISE_ONLY'],
        ],
      },
      'EXPECTED',
    ],
    [
      'a control field differs without a finding',
      { findings: [changed], fields: [{ package: 'tea', name: 'Depends', substantive: true }] },
      'SUBSTANTIVE',
    ],
    [
      'a control field differs as expected',
      { findings: [dependency], fields: [depends], files: [control] },
      'EXPECTED',
    ],
    [
      'so does the mode of the control file',
      {
        findings: [dependency],
        fields: [depends],
        files: [{ ...control, old: attributes('-rw-r--r--'), new: attributes('-rwxr-xr-x') }],
      },
      'SUBSTANTIVE',
    ],
    [
      'further findings are not listed',
      { findings: [changed], omitted: { findings: 1, files: 0, undecided: 0 } },
      'SUBSTANTIVE',
    ],
    ['something could not be compared', { findings: [changed], undecided: ['pot: damaged'] }, 'SUBSTANTIVE'],
    [
      'nothing could be compared',
      { packages: [['tea', 'UNDECIDED']], undecided: ['x'], verdict: 'UNDECIDED' },
      'UNDECIDED',
    ],
    ['the packages are identical', { packages: [['tea', 'IDENTICAL']], verdict: 'IDENTICAL' }, 'IDENTICAL'],
  ])('is right where %s', (_what, given, verdict) => {
    expect(expecting('').apply(summaryOf(given), RUN).verdict).toBe(verdict)
  })
})

describe('the use of a rules file', () => {
  it('counts the findings to which each entry applied, by line', () => {
    const file = new RulesFile(
      'f',
      'expected:\n  - rule: CONTENT_CHANGED\n    reason: x\n  - rule: MODE_SETUID\n    reason: y\n',
    )
    for (let reads = 0; reads < 2; reads++)
      file.apply(summaryOf({ findings: [finding('CONTENT_CHANGED')] }), RUN)
    expect(file.uses.map(({ entry, findings }) => [entry.line, findings])).toEqual([
      [2, 2],
      [4, 0],
    ])
  })

  it('names entries that never applied, if they name this campaign, source or package', () => {
    const file = new RulesFile(
      'rules.yaml',
      [
        'expected:',
        '  - { rule: CONTENT_CHANGED, reason: applies }',
        '  - { rule: MODE_SETUID, package: tea, reason: for this package }',
        '  - { rule: MODE_SETUID, package: pot, reason: for another }',
        '  - { rule: MODE_SETUID, campaign: other, reason: for another }',
        'severities:',
        '  - { rule: FILE_ADDED, severity: BAD, source: tea, reason: for the source }',
        '  - { rule: FILE_REMOVED, severity: BAD, reason: for all }',
      ].join('\n'),
    )
    const summary = file.apply(summaryOf({ findings: [finding('CONTENT_CHANGED')] }), RUN)
    expect(file.unused(summary, RUN)).toEqual([
      'rules.yaml, line 3: applied to no finding: MODE_SETUID (for this package)',
      'rules.yaml, line 7: applied to no finding: FILE_ADDED (for the source)',
    ])
  })

  it('has another digest for another content', () => {
    expect(expecting('').digest).not.toBe(expecting(', path: x').digest)
  })
})
