/** Names of what a report compares, as people say them. diffoscope names most of it by a command line. */
import { visible } from '../ui/format.ts'

const READELF: readonly (readonly [option: string, name: string])[] = [
  ['--file-header', 'ELF header'],
  ['--program-header', 'program headers'],
  ['--sections', 'sections'],
  ['--symbols', 'symbols'],
  ['--relocs', 'relocations'],
  ['--dynamic', 'dynamic section'],
  ['--notes', 'notes'],
  ['--version-info', 'symbol versions'],
  ['--histogram', 'histogram of symbols'],
  ['--unwind', 'unwind tables'],
  ['--arch-specific', 'details of the architecture'],
]

/** Programs whose name says enough less than what they print. */
const PROGRAMS: Readonly<Record<string, string>> = {
  strings: 'strings',
  stat: 'file status',
  zipinfo: 'zip directory',
  tar: 'tar listing',
  nm: 'symbols',
  javap: 'Java class',
  xxd: 'bytes',
  pdftotext: 'text of the PDF',
  msgunfmt: 'translations',
  lsattr: 'attributes',
  getfacl: 'access control list',
  gzip: 'gzip header',
  xz: 'xz header',
}

/** `code of .text` for objdump's command line; other names as they are. */
export function shortName(source: string): string {
  const [command = '', ...words] = source.split(' ')
  if (words.length === 0) return source
  if (source.startsWith('attributes of ')) return 'attributes'
  const value = (option: string) =>
    words.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1)
  if (command === 'objdump') {
    const section = value('--section')
    return words.includes('--disassemble') && section ? `code of ${section}` : source
  }
  if (command === 'readelf') {
    const [hex, text, debug] = ['--hex-dump', '--string-dump', '--debug-dump'].map(value)
    if (text) return `strings of ${text}`
    if (hex) return `bytes of ${hex}`
    if (debug) return `debug ${debug}`
    return READELF.find(([option]) => words.includes(option))?.[1] ?? source
  }
  // A file name may begin like a program: only a command line has its file in braces, or options.
  const isCommand = words.some((word) => word.startsWith('-') || word === '{}')
  return (isCommand && Object.hasOwn(PROGRAMS, command) && PROGRAMS[command]) || source
}

/** Characters at the end of a name that are never cut. */
const END = 14

/** A name in two parts, of which only the first may be cut. */
export function cutInMiddle(source: string): readonly [start: string, end: string] {
  const name = visible(shortName(source))
  const at = Math.max(0, name.length - END)
  // A pair of surrogates is one character.
  const isLow = /[\udc00-\udfff]/.test(name.charAt(at))
  return [name.slice(0, isLow ? at - 1 : at), name.slice(isLow ? at - 1 : at)]
}

/** What a badge is about. */
export interface Sides {
  readonly source1: string
  readonly source2: string
  readonly comments: readonly string[]
}

/** Which side has a file or package; null if both have it. */
export function badgeOf({ source1, source2, comments }: Sides): 'added' | 'removed' | null {
  const [, side] = comments.map((comment) => ONE_SIDE.exec(comment)).find((match) => match) ?? []
  if (side !== undefined) return side === 'new' ? 'added' : 'removed'
  if (source1 === source2) return null
  if (source1 === NOTHING) return 'added'
  return source2 === NOTHING ? 'removed' : null
}

/** How the service comments what only one side has. */
export const ONE_SIDE = /^(?:Package is only|Only) in the (old|new) (?:run|package)$/

/** What diffoscope compares with a file that only one side has. */
const NOTHING = '/dev/null'
