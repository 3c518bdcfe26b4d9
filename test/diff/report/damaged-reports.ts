/** Reports that must be refused. */

const HEAD = '{"diffoscope-json-version": 1, "source1": "a", "source2": "b"'
const TOO_DEEP = 100_000
/** A report of nodes that are nested to this depth, the root included. */
export const nested = (levels: number) =>
  `${'{"source1": "", "source2": "", "unified_diff": null, "diffoscope-json-version": 1, "details": ['.repeat(levels)}${']}'.repeat(levels)}`

/** What is wrong with the report, its content, and the error that it must cause. */
export const DAMAGED: [string, string | Uint8Array, RegExp][] = [
  ['nothing', '', /empty/],
  ['only white space', ' \n ', /ends too early/],
  ['text that is not JSON', 'Traceback (most recent call last)', /not an object \(byte 0\)/],
  ['another type', '[]', /not an object/],
  ['another version', '{"diffoscope-json-version": 2', /version must be 1, not 2 \(byte 28\)/],
  [
    'no version',
    '{"source1": "a", "source2": "b", "unified_diff": null}',
    /no member "diffoscope-json-version"/,
  ],
  [
    'no source',
    '{"diffoscope-json-version": 1, "source1": "a", "unified_diff": null}',
    /no member "source2"/,
  ],
  ['no diff', `${HEAD}}`, /no member "unified_diff"/],
  [
    'a node without a source',
    `${HEAD}, "unified_diff": null, "details": [{"unified_diff": null}]}`,
    /no member "source1"/,
  ],
  [
    'a source that is null',
    '{"diffoscope-json-version": 1, "source1": null',
    /type of "source1" is wrong \(byte 42\)/,
  ],
  ['a diff that is a number', `${HEAD}, "unified_diff": 1}`, /type of "diff" is wrong/],
  ['a diff that is a list', `${HEAD}, "unified_diff": []}`, /type of "diff" is wrong/],
  ['comments that are a string', `${HEAD}, "comments": "c"}`, /type of "comments" is wrong/],
  ['a comment that is a number', `${HEAD}, "comments": [1]}`, /type of "comment" is wrong/],
  ['a node that is a string', `${HEAD}, "details": ["x"]}`, /a node is not an object/],
  ['details that are null', `${HEAD}, "details": null}`, /type of "details" is wrong/],
  ['the same member twice', `${HEAD}, "source1": "c", "unified_diff": null}`, /two members "source1"/],
  ['the same member twice, once escaped', `${HEAD}, "\\u0073ource1": "c"}`, /two members "source1"/],
  ['a literal that JSON does not allow', `${HEAD}, "unified_diff": null, "x": nul}`, /not valid JSON/],
  ['a number that JSON does not allow', `${HEAD}, "unified_diff": null, "x": 01}`, /not valid JSON/],
  ['no comma', `${HEAD} "unified_diff": null}`, /comma is missing/],
  ['one comma too many', `${HEAD}, "unified_diff": null,}`, /name is missing/],
  ['no colon', `${HEAD}, "unified_diff" null}`, /colon is missing/],
  ['a bracket instead of a brace', `${HEAD}, "unified_diff": null]`, /comma is missing/],
  ['something after its end', `${HEAD}, "unified_diff": null} {}`, /something follows/],
  ['an escape that JSON does not allow', `${HEAD}, "unified_diff": "+\\x41\\n"}`, /escape|not valid/],
  ['such an escape in an unknown member', `${HEAD}, "x": "\\q", "unified_diff": null}`, /not valid JSON/],
  [
    'invalid UTF-8 in the name of an unknown member',
    Buffer.from(`${HEAD}, "\xff": 1, "unified_diff": null}`, 'latin1'),
    /does not allow/,
  ],
  ['half an escape', `${HEAD}, "unified_diff": "+\\u00"}`, /escape|not valid/],
  ['an escape with invalid digits', `${HEAD}, "unified_diff": "+\\u00zz"}`, /escape|not valid/],
  ['an invalid escape in a source', '{"diffoscope-json-version": 1, "source1": "\\q"', /not valid JSON/],
  ['a line feed in a string', `${HEAD}, "unified_diff": "+\n"}`, /does not allow/],
  [
    'a hole in the file, read as zeros',
    Buffer.concat([Buffer.from(`${HEAD}, "unified_diff": "+`), Buffer.alloc(4096)]),
    /too early, within a string/,
  ],
  ['zeros in a string', `${HEAD}, "unified_diff": "+\0\0"}`, /does not allow/],
  [
    'invalid UTF-8',
    Buffer.concat([Buffer.from(`${HEAD}, "unified_diff": "`), Buffer.from([0xff]), Buffer.from('"}')]),
    /does not allow/,
  ],
  [
    'a surrogate in UTF-8',
    Buffer.concat([
      Buffer.from(`${HEAD}, "unified_diff": "`),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
    /does not allow/,
  ],
  [
    'half a character at the end of a string',
    Buffer.concat([Buffer.from(`${HEAD}, "unified_diff": "`), Buffer.from([0xe2, 0x82]), Buffer.from('"}')]),
    /does not allow/,
  ],
  ['nodes nested too deeply', nested(TOO_DEEP), /nested deeper than 500/],
  [
    'lists nested too deeply',
    `${HEAD}, "x": ${'['.repeat(TOO_DEEP)}${']'.repeat(TOO_DEEP)}, "unified_diff": null}`,
    /nested too deeply/,
  ],
  ['a name without end', `{"${'x'.repeat(2_000_000)}`, /name is too long/],
  ['a number without end', `${HEAD}, "x": ${'1'.repeat(2_000_000)}}`, /value is too long/],
  ['backslashes without end', `${HEAD}, "unified_diff": "${'\\'.repeat(2_000_001)}"}`, /within a string/],
]
