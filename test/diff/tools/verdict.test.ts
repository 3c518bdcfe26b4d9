import { describe, expect, test } from 'vitest'
import type { ToolResult } from '../../../src/diff/tools/process.ts'
import { debdiffVerdict, diffoscopeVerdict, reportVerdict } from '../../../src/diff/tools/verdict.ts'
import { DamagedReportError } from '../../../src/errors.ts'
import { LIMITS } from './helpers.ts'

const GOOD: ToolResult = {
  exitCode: 1,
  signal: null,
  stopped: null,
  failure: null,
  stderr: '',
  outputBytes: 10,
  durationMs: 5,
  peakResidentBytes: 0,
  processorSeconds: 0,
}
const systemError = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall })
const TIMEOUT = { name: 'DiffCommandTimeoutError', limitMs: LIMITS.timeoutMs }
const MEMORY = { name: 'DiffCommandMemoryError', limitBytes: LIMITS.memoryBytes }
const failed = (reason: unknown, retryable = false) => ({ name: 'DiffCommandError', reason, retryable })

const BOTH: [string, Partial<ToolResult>, object][] = [
  ['our timer comes before an exit code of success', { stopped: 'timeout', exitCode: 0 }, TIMEOUT],
  [
    'our timer comes before signs of exhausted memory',
    { stopped: 'timeout', stderr: 'MemoryError' },
    TIMEOUT,
  ],
  ['our memory watch', { stopped: 'memory', signal: 'SIGKILL', exitCode: null }, MEMORY],
  ['our output limit', { stopped: 'output' }, failed('printed more than the limit of 100 MB')],
  [
    'our limit of temporary files',
    { stopped: 'temp' },
    failed(expect.stringMatching(/^filled its temporary directory/)),
  ],
  ['cancelled', { stopped: 'aborted' }, failed('was cancelled', true)],
  [
    'prlimit missing',
    { failure: systemError('ENOENT', 'spawn prlimit') },
    failed(expect.stringContaining('install the package util-linux')),
  ],
  ['too many arguments', { failure: systemError('E2BIG', 'spawn') }, failed('could not be started: E2BIG')],
  ['our disk full', { failure: systemError('ENOSPC', 'write') }, failed('ran out of disk space', true)],
  [
    'tool missing',
    { exitCode: 127, stderr: 'prlimit: failed to execute x: No such file or directory' },
    failed(expect.stringMatching(/^is not installed: install the package \w+$/)),
  ],
  [
    'tool not executable',
    { exitCode: 126, stderr: 'prlimit: failed to execute x: Permission denied\n' },
    failed('could not be started: failed to execute x: Permission denied'),
  ],
  [
    'limit refused, which exits as "differs" does',
    { stderr: 'prlimit: failed to set the NOFILE resource limit: Operation not permitted\n' },
    failed('could not be started: failed to set the NOFILE resource limit: Operation not permitted'),
  ],
  ['memory, in Python', { exitCode: 2, stderr: 'Traceback …\nMemoryError\n' }, MEMORY],
  [
    'memory, in Python without room for the error',
    { stderr: 'SystemError: error return without exception set\n' },
    MEMORY,
  ],
  [
    'memory, in the linker',
    { stderr: 'OSError: libzstd.so.1: failed to map segment from shared object\n' },
    MEMORY,
  ],
  ['memory, in threads', { exitCode: 2, stderr: "RuntimeError: can't start new thread\n" }, MEMORY],
  [
    'memory, in libarchive',
    { exitCode: 2, stderr: 'libarchive.exception.ArchiveError: No memory (errno=12, retcode=-30)\n' },
    MEMORY,
  ],
  ['memory, in Perl', { stderr: 'Out of memory!\n', outputBytes: 0 }, MEMORY],
  [
    'memory, in a helper',
    { exitCode: 25, stderr: 'dpkg-deb: error: fork failed: Cannot allocate memory\n' },
    MEMORY,
  ],
  [
    'memory comes before the signal',
    { exitCode: null, signal: 'SIGABRT', stderr: 'terminate: std::bad_alloc\n' },
    MEMORY,
  ],
  [
    'a file of that name is no sign',
    { exitCode: 2, stderr: 'cannot read exceptions.MemoryError.html\n' },
    failed(null),
  ],
  [
    'disk full',
    { exitCode: 2, stderr: 'OSError: [Errno 28] No space left on device\n' },
    failed('ran out of disk space', true),
  ],
  [
    'killed by the kernel',
    { exitCode: null, signal: 'SIGKILL' },
    { ...failed(null, true), signal: 'SIGKILL' },
  ],
  ['the same through a wrapper', { exitCode: 137 }, { ...failed(null, true), signal: 'SIGKILL' }],
  ['processor time', { exitCode: null, signal: 'SIGXCPU' }, failed('used more than 60 s of processor time')],
  [
    'an exit code of failure',
    { exitCode: 2, stderr: 'it says why' },
    { ...failed(null), exitCode: 2, stderr: 'it says why' },
  ],
]

describe.each([
  ['debdiff', debdiffVerdict],
  ['diffoscope', diffoscopeVerdict],
] as const)('%s', (command, verdict) => {
  test.each(BOTH)('%s', (_, facts, expected) => {
    expect(verdict(LIMITS, { ...GOOD, ...facts })).toMatchObject({ command, ...expected })
  })
})

const TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n'

describe('a tool that crashes at the packages', () => {
  test('is an error of debdiff', () => {
    const verdict = debdiffVerdict(LIMITS, { ...GOOD, exitCode: null, signal: 'SIGSEGV' })
    expect(verdict).toMatchObject({ ...failed(null), signal: 'SIGSEGV' })
  })

  test.each<[string, Partial<ToolResult>, string]>([
    ['by a signal', { exitCode: null, signal: 'SIGSEGV' }, 'it died by SIGSEGV'],
    ['by a signal, through a wrapper', { exitCode: 134 }, 'it died by SIGABRT'],
    [
      'by an exception',
      { exitCode: 2, stderr: `${TRACEBACK}ValueError: bad magic\n` },
      'ValueError: bad magic',
    ],
    [
      'by an exception with an address, which is left out',
      { exitCode: 2, stderr: `${TRACEBACK}ArchiveError: No (errno=0, retcode=-30, archive_p=1401)\n` },
      'ArchiveError: No (errno=0, retcode=-30)',
    ],
    [
      'by an exception with a temporary path, which is left out',
      { exitCode: 2, stderr: `${TRACEBACK}FileNotFoundError: 'diffoscope_ykjyrvji_new/tmp4dbt68np_X/0/8'\n` },
      "FileNotFoundError: '0/8'",
    ],
    [
      'by an error of the system that the packages cause',
      { exitCode: 1, outputBytes: 0, stderr: `${TRACEBACK}OSError: [Errno 36] File name too long: 'x'\n` },
      "OSError: [Errno 36] File name too long: 'x'",
    ],
  ])('is a crash of diffoscope: %s', (_, facts, crash) => {
    expect(diffoscopeVerdict(LIMITS, { ...GOOD, ...facts })).toEqual({ crash })
  })

  test.each<[string, string, object]>([
    ['its installation is broken', "ModuleNotFoundError: No module named 'magic'", failed(null)],
    ['memory is short', 'MemoryError', MEMORY],
    [
      'the disk is full',
      'OSError: [Errno 28] No space left on device',
      failed('ran out of disk space', true),
    ],
    [
      'descriptors are short',
      "OSError: [Errno 24] Too many open files: '/x'",
      failed('ran out of a resource of the system', true),
    ],
    [
      'the disk is broken',
      'OSError: [Errno 5] Input/output error',
      failed('ran out of a resource of the system', true),
    ],
  ])('is an error of diffoscope, too, if %s', (_, exception, expected) => {
    const stderr = `${TRACEBACK}${exception}\n`
    expect(diffoscopeVerdict(LIMITS, { ...GOOD, exitCode: 2, stderr })).toMatchObject(expected)
  })
})

describe('the verdict on debdiff is a success only with all its signs', () => {
  test.each<[Partial<ToolResult>, unknown]>([
    [{ exitCode: 0 }, 'same'],
    [{ exitCode: 1 }, 'differs'],
    [{ exitCode: 1, stderr: 'a warning' }, 'differs'],
    [{ exitCode: 0, outputBytes: 0 }, failed('printed nothing')],
    [
      { exitCode: 1, stderr: "Can't compare control files; wdiff package not installed\n" },
      failed(expect.stringContaining('install the package wdiff')),
    ],
    [{ exitCode: 1, stderr: 'wdiff failed (exit status 2)\n' }, failed(null)],
    [{ exitCode: 1, stderr: 'debdiff: fatal error at line 531:\n' }, failed(null)],
    [{ exitCode: 25 }, failed(null)],
  ])('%j', (facts, expected) => {
    const verdict = debdiffVerdict(LIMITS, { ...GOOD, ...facts })
    if (typeof expected === 'string') expect(verdict).toBe(expected)
    else expect(verdict).toMatchObject(expected as object)
  })
})

describe('the verdict on diffoscope is a success only with all its signs', () => {
  test.each<[Partial<ToolResult>, unknown]>([
    [{ exitCode: 0, outputBytes: 0 }, 'same'],
    [{ exitCode: 1 }, 'report'],
    [{ exitCode: 0 }, failed('found no difference, but wrote a report')],
    [{ exitCode: 1, outputBytes: 0 }, failed('found differences, but wrote no report')],
    [
      { stderr: "Command 'xz' died with <Signals.SIGKILL: 9>.\n" },
      failed('lost a helper that died by SIGKILL', true),
    ],
    [
      { stderr: "Command 'xz' died with <Signals.SIGXCPU: 24>.\n" },
      failed('lost a helper that died by SIGXCPU'),
    ],
  ])('%j', (facts, expected) => {
    const verdict = diffoscopeVerdict(LIMITS, { ...GOOD, ...facts })
    if (typeof expected === 'string') expect(verdict).toBe(expected)
    else expect(verdict).toMatchObject(expected as object)
  })

  test('and with a report without failure comments', () => {
    expect(reportVerdict(LIMITS, GOOD, { failureComments: [] })).toBe('differs')
  })

  test.each([
    'Command `gzip -d -c 0/8.gz` failed with exit code 2. Standard error:\n    gzip: 0/8.gz: decompression OK, trailing garbage ignored',
    'Command `nm -s {}` failed with exit code -11. (No output)',
    'Error extracting \'x.cpio\', falling back to binary comparison: "Truncated input file"',
    "Error parsing output of `readelf --wide --section-headers 0/1` for <class 'x'>",
  ])('and with a comment that blames the contents: %j', (comment) => {
    expect(reportVerdict(LIMITS, GOOD, { failureComments: [comment] })).toBe('differs')
  })

  test.each<[string, unknown]>([
    [
      'Error extracting x: [Errno 28] No space left on device',
      failed(expect.stringMatching(/^wrote a shortened report: Error/), true),
    ],
    [
      'Command `xz -d -c x` failed with exit code 1. Standard error:\n    xz: (stdout): Write error: No space left on device',
      failed(expect.stringContaining('xz'), true),
    ],
    [
      'Error extracting \'x\': "[Errno 24] Too many open files"',
      failed(expect.stringContaining('Too many open files'), true),
    ],
    ['Command `readelf {}` failed with exit code -9. (No output)', failed(expect.anything(), true)],
    ['Command `sh -c readelf` failed with exit code 137. (No output)', failed(expect.anything(), true)],
    ['Command `objdump {}` failed with exit code -24. (No output)', failed(expect.anything())],
    ['Timeout exceeded; details may be incomplete.', failed(expect.anything(), true)],
    [
      'Command `javap {}` failed with exit code 1. Standard error:\n    Error: Could not create the Java Virtual Machine.',
      MEMORY,
    ],
    ['xz died with <Signals.SIGKILL: 9>', failed(expect.stringContaining('SIGKILL'), true)],
    ['libz.so: failed to map segment from shared object', MEMORY],
    ['MemoryError', MEMORY],
  ])('not with the comment %j', (sign, expected) => {
    expect(reportVerdict(LIMITS, GOOD, { failureComments: [sign] })).toMatchObject(expected as object)
  })

  test('not with an invalid report', () => {
    const verdict = reportVerdict(LIMITS, GOOD, new DamagedReportError('/a', 'it ends in the middle'))
    expect(verdict).toMatchObject(failed('wrote a broken report: it ends in the middle'))
  })
})
