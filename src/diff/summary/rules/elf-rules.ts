/** Rules about programs and libraries. */

import type { FileChange } from '../changes.ts'
import type { ContentChange } from '../content/content.ts'
import { excerpts, isElf } from './content-rules.ts'
import { type Match, NO_MATCH, type Rule } from './rule.ts'

function facts(change: FileChange, ...names: string[]): readonly ContentChange[] {
  return isElf(change)
    ? (change.content?.changes ?? []).filter(({ nature, fact }) => nature === 'FACT' && names.includes(fact))
    : []
}

function ofFacts(
  names: readonly string[],
  message: (changes: readonly ContentChange[]) => string,
): NonNullable<Rule['file']> {
  return (change): readonly Match[] => {
    const found = facts(change, ...names)
    return found.length === 0 ? NO_MATCH : [{ ...excerpts(found), message: message(found) }]
  }
}

/** Protections that were there and are not any more. */
function lostHardening(change: FileChange): readonly Match[] {
  const order = ['none', 'partial', 'full']
  return facts(
    change,
    'position independent',
    'relro',
    'stack protector',
    'fortified',
    'executable stack',
    'text relocations',
  ).flatMap((one) => {
    const isLoss =
      one.fact === 'relro'
        ? order.indexOf(one.new) < order.indexOf(one.old)
        : one.fact === 'executable stack' || one.fact === 'text relocations'
          ? one.new === 'true'
          : one.new === 'false'
    const shown = HARDENING[one.fact] ?? one.fact
    return isLoss
      ? [
          {
            severity:
              one.fact === 'stack protector' || one.fact === 'fortified'
                ? ('VERIFY' as const)
                : ('BAD' as const),
            old: `${shown}: ${one.old}`,
            new: `${shown}: ${one.new}`,
            message: `A protection of the program is lost: ${shown}.`,
          },
        ]
      : []
  })
}

const HARDENING: Readonly<Record<string, string>> = {
  'position independent': 'position independent executable (PIE)',
  relro: 'read-only relocations (RELRO)',
  'stack protector': 'stack protector (__stack_chk_fail)',
  fortified: 'fortified functions (_FORTIFY_SOURCE)',
  'executable stack': 'executable stack',
  'text relocations': 'text relocations',
}

export const elfRules: readonly Rule[] = [
  {
    id: 'ELF_CODE_CHANGED',
    severity: 'VERIFY',
    finds: 'The machine code of a program or library differs.',
    why: 'It does something else, or the same after another compilation; the file’s own report shows which functions.',
    source: 'differ',
    file: (change) => {
      const code = (change.content?.changes ?? []).filter(({ nature }) => nature === 'CODE')
      if (code.length === 0) return NO_MATCH
      const imports = facts(change, 'import added', 'import removed')
      return [
        {
          ...excerpts([
            ...code.map((one) => ({
              ...one,
              old: `${one.fact}: ${one.old}`,
              new: `${one.fact}: ${one.new}`,
            })),
            ...imports,
          ]),
          message: `Machine code has changed: ${[...new Set(code.map(({ fact }) => fact))].join(', ')}.`,
        },
      ]
    },
  },
  {
    id: 'ELF_DATA_CHANGED',
    severity: 'VERIFY',
    finds: 'Data of a program or library differs, its code does not.',
    why: 'Constants, messages and tables decide what a program does as much as its code.',
    source: 'differ',
    file: (change) => {
      const changes = change.content?.changes ?? []
      const data = changes.filter(({ nature }) => nature === 'DATA')
      if (data.length === 0 || changes.some(({ nature }) => nature === 'CODE')) return NO_MATCH
      const isDebug = data.every(({ fact }) => /debug|symtab|strtab/.test(fact))
      return [
        {
          ...excerpts(
            data.map((one) => ({ ...one, old: `${one.fact}: ${one.old}`, new: `${one.fact}: ${one.new}` })),
          ),
          severity: isDebug ? 'INFO' : 'VERIFY',
          message: `Data has changed: ${[...new Set(data.map(({ fact }) => fact))].join(', ')}.`,
        },
      ]
    },
  },
  {
    id: 'SONAME_CHANGED',
    severity: 'BAD',
    finds: 'The SONAME of a shared library differs.',
    why: 'Programs that are linked with it do not find it any more.',
    source: 'Debian policy 8.1',
    file: ofFacts(['soname'], () => 'The SONAME of a library has changed.'),
  },
  {
    id: 'NEEDED_ADDED',
    severity: 'VERIFY',
    finds: 'A program or library needs another library.',
    why: 'The package must depend on the package that has it.',
    source: 'rpminspect, inspection "dsodeps"',
    file: ofFacts(
      ['needed added'],
      (found) => `It needs further libraries: ${found.map((one) => one.new).join(' ')}.`,
    ),
  },
  {
    id: 'NEEDED_REMOVED',
    severity: 'VERIFY',
    finds: 'A program or library does not need a library any more.',
    why: 'A feature may be gone.',
    source: 'rpminspect, inspection "dsodeps"',
    file: ofFacts(
      ['needed removed'],
      (found) => `It does not need these libraries any more: ${found.map((one) => one.old).join(' ')}.`,
    ),
  },
  {
    id: 'RPATH_ADDED',
    severity: 'BAD',
    finds: 'A program or library looks for libraries in other directories.',
    why: 'Libraries from a directory that others can write to run with the rights of the program.',
    source: 'Debian policy 10.2; rpminspect, inspection "runpath"',
    file: (change) =>
      facts(change, 'rpath', 'runpath')
        .filter((one) => one.new !== '')
        .map((one) => ({
          old: one.old,
          new: one.new,
          message: `The ${one.fact.toUpperCase()} is ${one.new}.`,
        })),
  },
  {
    id: 'ELF_INTERPRETER',
    severity: 'BAD',
    finds: 'The dynamic linker that a program names differs.',
    why: 'It does not start where that linker is missing.',
    source: 'System V ABI, program interpreter',
    file: ofFacts(['interpreter', 'machine'], () => 'The program interpreter or machine has changed.'),
  },
  {
    id: 'SYMBOL_REMOVED',
    severity: 'BAD',
    finds: 'A shared library does not export a symbol any more.',
    why: 'Programs that use it do not start.',
    source: 'Debian policy 8.6',
    file: (change) =>
      facts(change, 'soname').length > 0
        ? NO_MATCH
        : ofFacts(
            ['symbol removed'],
            (found) =>
              `Symbols are gone: ${found
                .map((one) => one.old)
                .join(' ')
                .slice(0, 300)}.`,
          )(change, undefined as never).filter(() => isLibrary(change)),
  },
  {
    id: 'SYMBOL_ADDED',
    severity: 'INFO',
    finds: 'A shared library exports further symbols.',
    why: 'Packages that use them need this version.',
    source: 'Debian policy 8.6',
    file: (change) =>
      isLibrary(change)
        ? ofFacts(
            ['symbol added'],
            (found) =>
              `There are further symbols: ${found
                .map((one) => one.new)
                .join(' ')
                .slice(0, 300)}.`,
          )(change, undefined as never)
        : NO_MATCH,
  },
  {
    id: 'SYMBOL_VERSION',
    severity: 'BAD',
    finds: 'A symbol of a shared library has another version.',
    why: 'Programs that were linked with the old version do not start.',
    source: 'LSB, symbol versioning',
    file: (change) => {
      const removed = facts(change, 'symbol removed').flatMap((one) => one.old.split(' '))
      const added = facts(change, 'symbol added').flatMap((one) => one.new.split(' '))
      const bare = (name: string) => name.split('@')[0]
      const moved = removed.filter((name) => added.some((other) => bare(other) === bare(name)))
      return moved.length === 0
        ? NO_MATCH
        : [
            {
              old: moved.join(' '),
              new: added.filter((name) => moved.some((other) => bare(other) === bare(name))).join(' '),
              message: `Symbols have another version: ${moved.map(bare).join(' ')}.`,
            },
          ]
    },
  },
  {
    id: 'HARDENING_LOST',
    severity: 'BAD',
    finds: 'A protection that the compiler or linker adds is lost.',
    why: 'Errors in the program are easier to exploit. A lost stack protector or fortification is VERIFY: a program may have nothing to protect any more.',
    source: 'hardening-check(1); rpminspect, inspections "elf" and "annocheck"',
    file: lostHardening,
  },
  {
    id: 'BUILD_ID_STALE',
    severity: 'INFO',
    finds: 'Code or data of a program differ, and its build id does not.',
    why: 'The id is made when the program is linked, so the program was changed afterwards. Debuggers take it for the one that it was.',
    source: 'reproducible-builds.org, build ids; diffoscope has a comment for it',
    file: ofFacts(['stale build id'], (found) => `The build id is still ${found[0]?.new}.`),
  },
  {
    id: 'LTO_BYTECODE',
    severity: 'BAD',
    finds: 'A library or object has byte code of the compiler for link-time optimisation, and had none.',
    why: 'Only the very same version of the compiler can read it.',
    source: 'rpminspect, inspection "lto"; Debian policy 10.2',
    file: (change) => {
      const found = (change.content?.changes ?? []).filter(
        ({ fact, old, new: newer }) => fact.startsWith('.gnu.lto_') && old === '' && newer !== '',
      )
      return found.length === 0
        ? NO_MATCH
        : [{ ...excerpts(found), message: 'There is byte code for link-time optimisation.' }]
    },
  },
  {
    id: 'STRIPPED_CHANGED',
    severity: 'VERIFY',
    finds: 'A program has its symbol table or debug information again, or lost it.',
    why: 'It grows, and names of the source are in it; or backtraces are not possible any more.',
    source: 'Debian policy 10.1',
    file: (change) =>
      (change.path.endsWith('.debug') ? [] : facts(change, 'symbol table', 'debug information'))
        .slice(0, 1)
        .map((one) => ({
          old: `.symtab: ${one.old}`,
          new: `.symtab: ${one.new}`,
          message: one.new === 'true' ? 'The file is not stripped any more.' : 'The file is stripped now.',
        })),
  },
]

function isLibrary(change: FileChange): boolean {
  return /\.so(\.|$)/.test(change.path)
}
