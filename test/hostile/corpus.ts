/** Hostile packages, built with `dpkg-deb`, `ar` and Python's tarfile. All of them are small files. */
import { execFileSync } from 'node:child_process'
import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildPackage } from '../fixtures/packages.ts'

const NAME = 'evil_1-1_all.deb'
const ESCAPE = '\x1b'

/** A member of a tar archive. */
interface TarMember {
  readonly name: string
  /**
   * Type flag: `0` a file, `1` a hard link, `2` a symbolic link, `3` a device, `5` a directory, `6` a FIFO.
   */
  readonly type?: string
  readonly link?: string
  /** A number stands for as many zero bytes. */
  readonly content?: string | number
  readonly owner?: string
}

/** By their members: most packages have the same control archive. */
const archives = new Map<string, Buffer>()

/** Names are Latin-1, so each character is one byte. */
export function tar(members: readonly TarMember[]): Buffer {
  const input = JSON.stringify(members)
  const archive = archives.get(input) ?? makeTar(input)
  archives.set(input, archive)
  return archive
}

function makeTar(input: string): Buffer {
  const script = `
import io, json, sys, tarfile
out = io.BytesIO()
archive = tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT, encoding='latin-1')
for member in json.load(sys.stdin):
    info = tarfile.TarInfo(member['name'])
    info.type = member.get('type', '0').encode()
    info.linkname = member.get('link', '')
    info.uname = info.gname = member.get('owner', 'root')
    info.mode = 0o755 if info.type == b'5' else 0o644
    content = member.get('content', '')
    data = bytes(content) if isinstance(content, int) else content.encode('latin-1')
    info.size = len(data) if info.type == b'0' else 0
    archive.addfile(info, io.BytesIO(data) if info.size else None)
archive.close()
sys.stdout.buffer.write(out.getvalue())`
  return execFileSync('python3', ['-c', script], { input, maxBuffer: 1 << 30 })
}

const CONTROL: TarMember = {
  name: './control',
  content: 'Package: evil\nVersion: 1-1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n',
}
const ROOT: TarMember = { name: './', type: '5' }

/** Builds a package from the names and contents of its members. */
async function buildFromMembers(
  dir: string,
  members: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'differ-hostile-'))
  for (const [name, content] of Object.entries(members)) await writeFile(join(work, name), content)
  execFileSync('ar', ['qcS', join(dir, NAME), ...Object.keys(members)], { cwd: work })
  await rm(work, { recursive: true })
}

function packageOf(
  control: readonly TarMember[],
  data: readonly TarMember[] = [ROOT],
): Record<string, string | Buffer> {
  return {
    'debian-binary': '2.0\n',
    'control.tar.gz': gzipSync(tar(control)),
    'data.tar.gz': gzipSync(tar(data)),
  }
}

export interface HostilePackage {
  readonly title: string
  /** Creates the package in an existing directory. */
  readonly make: (dir: string) => Promise<unknown>
  /** The reason of the error; null if the package is valid and compared. */
  readonly refusal: RegExp | null
  /** What no rendering may contain. */
  readonly never?: RegExp
  /** What the text of the diffs must contain. */
  readonly shows?: RegExp
  /** Creates the old package. Default: an ordinary package. */
  readonly old?: (dir: string) => Promise<unknown>
  /** What the HTML page of the report must contain, without its tags. */
  readonly seen?: RegExp
  /** Names files outside of the package. */
  readonly reachesOut?: boolean
}

export const buildOrdinary = (dir: string) =>
  buildPackage(dir, { name: 'evil', version: '1-1', files: { 'usr/share/evil': 'x\n' } })
const raw = (text: string | Buffer) => (dir: string) => writeFile(join(dir, NAME), text)
const control = (member: TarMember) => (dir: string) =>
  buildFromMembers(dir, packageOf([ROOT, CONTROL, member]))
const data =
  (...members: TarMember[]) =>
  (dir: string) =>
    buildFromMembers(dir, packageOf([ROOT, CONTROL], [ROOT, ...members]))

/** A file of this name on both sides, with different contents. */
const onBothSides = (name: string) => ({
  make: data({ name, content: 'x' }),
  old: data({ name, content: 'y' }),
})

export const HOSTILE: readonly HostilePackage[] = [
  { title: 'nothing', make: raw(''), refusal: /it is empty/ },
  { title: 'a text', make: raw('I am a package\n'), refusal: /does not begin as an ar archive/ },
  {
    title: 'an ar archive of something else',
    make: (dir) => buildFromMembers(dir, { hello: 'x' }),
    refusal: /first member is not debian-binary/,
  },
  {
    title: 'one without a control archive',
    make: (dir) => buildFromMembers(dir, { 'debian-binary': '2.0\n', 'data.tar.gz': gzipSync(tar([ROOT])) }),
    refusal: /second member is not a control archive/,
  },
  {
    title: 'one without data',
    make: (dir) =>
      buildFromMembers(dir, { 'debian-binary': '2.0\n', 'control.tar.gz': gzipSync(tar([ROOT, CONTROL])) }),
    refusal: /third member is not a data archive/,
  },
  {
    title: 'one with a second data archive',
    make: (dir) => buildFromMembers(dir, { ...packageOf([ROOT, CONTROL]), 'data.tar.xz': 'x' }),
    refusal: /has a member "data.tar.xz" after its data archive/,
  },
  {
    title: 'half of one',
    make: async (dir) => {
      const path = await buildOrdinary(dir)
      await truncate(path, (await readFile(path)).length - 40)
    },
    refusal: /it ends within the member "data.tar.gz"/,
  },
  {
    title: 'one with a damaged header',
    make: async (dir) => {
      const path = await buildOrdinary(dir)
      const bytes = await readFile(path)
      bytes.write('\xff\xff\xff\xff', 8 + 60 + 4 + 48, 'latin1')
      await writeFile(path, bytes)
    },
    refusal: /damaged at byte 72/,
  },
  {
    title: 'a symbolic link to one',
    make: async (dir) => {
      const elsewhere = join(dir, 'elsewhere')
      await mkdir(elsewhere)
      await copyFile(await buildOrdinary(elsewhere), join(elsewhere, 'x'))
      await symlink(join(elsewhere, 'x'), join(dir, NAME))
    },
    refusal: /not a regular file/,
  },
  {
    title: 'one that is no archive inside',
    make: (dir) =>
      buildFromMembers(dir, { 'debian-binary': '2.0\n', 'control.tar.gz': 'no gzip', 'data.tar.gz': 'x' }),
    refusal: /member control\.tar\.gz is not compressed as its name says/,
  },
  {
    title: 'a control archive with a symbolic link',
    make: control({ name: './postinst', type: '2', link: '/etc/shadow' }),
    refusal: /control archive has a symbolic link ".\/postinst"/,
  },
  {
    title: 'a control archive with a hard link',
    make: control({ name: './md5sums', type: '1', link: './control' }),
    refusal: /has a hard link/,
  },
  {
    title: 'a control archive with a FIFO',
    make: control({ name: './md5sums', type: '6' }),
    refusal: /has a FIFO/,
  },
  {
    title: 'a control archive with a device',
    make: control({ name: './md5sums', type: '3' }),
    refusal: /has a character device/,
  },
  {
    title: 'a control archive with a way out',
    make: control({ name: './../../../tmp/x', content: 'x' }),
    refusal: /has a name that leads out of it/,
  },
  {
    title: 'a control archive with an absolute name',
    make: control({ name: '/tmp/x', content: 'x' }),
    refusal: /has a name that leads out of it/,
  },
  {
    title: 'a control archive of 70 MB of zeros',
    make: control({ name: './md5sums', content: 70_000_000 }),
    refusal: /more than 64 MB/,
  },
  {
    title: 'markup in names and fields',
    make: (dir) =>
      buildFromMembers(
        dir,
        packageOf(
          [ROOT, { ...CONTROL, content: `${CONTROL.content}Homepage: <script>alert(1)</script>\n` }],
          [ROOT, { name: './usr/<img src=x onerror=alert(1)>', content: 'x' }],
        ),
      ),
    refusal: null,
    never: /<script>alert|<img src=x/,
  },
  {
    title: 'names with newlines and escapes',
    ...onBothSides('./usr/a\nFiles in second set of .debs but not in first\n\x1b[31mred'),
    refusal: null,
    never: new RegExp(`${ESCAPE}\\[31m`),
    seen: /usr\/a\\nFiles in second set of \.debs but not in first\\n\\x1b\[31mred/,
  },
  {
    title: 'names that are not UTF-8',
    ...onBothSides('./usr/\xff\xfe-name'),
    refusal: null,
    never: /[\ud800-\udfff]/u,
    seen: /usr\/\\udcff\\udcfe-name/,
  },
  {
    title: 'names written from right to left',
    ...onBothSides('./usr/\xe2\x80\xaecod.exe'),
    refusal: null,
    never: /\u202e/,
    seen: /usr\/\\u202ecod\.exe/,
  },
  {
    title: 'owners with blanks',
    make: data({ name: './usr/file', content: 'x', owner: 'two words' }),
    refusal: null,
    shows: /two words|usr\/file/,
  },
  {
    title: 'a control file that is not UTF-8',
    make: (dir) =>
      buildFromMembers(
        dir,
        packageOf([ROOT, { ...CONTROL, content: `${CONTROL.content}Homepage: caf\xe9 \xff\n` }]),
      ),
    refusal: null,
  },
  {
    title: 'links to the system’s files',
    make: data(
      { name: './usr/passwd', type: '2', link: '/etc/passwd' },
      { name: './usr/up', type: '2', link: '../../../../../etc/hostname' },
    ),
    refusal: null,
    never: /root:x:0:0/,
    reachesOut: true,
  },
  {
    title: 'data with a way out',
    make: data({ name: './../../../../../../tmp/differ-was-here', content: 'x' }),
    refusal: null,
    reachesOut: true,
  },
  { title: 'a device among its files', make: data({ name: './dev/null', type: '3' }), refusal: null },
  {
    title: '3,000 files',
    make: data(...Array.from({ length: 3_000 }, (_, i): TarMember => ({ name: `./usr/${i}`, content: '' }))),
    refusal: null,
    shows: /2999/,
  },
]

/** A valid package that is small but expands to much more. */
export interface Bomb {
  readonly title: string
  /** Creates two different packages in two existing directories. */
  readonly make: (oldDir: string, newDir: string) => Promise<unknown>
  /** The limit of a tool's temporary files. */
  readonly tempLimitMb: number
  /** The allowed GraphQL types of each diff. */
  readonly debdiff: RegExp
  readonly diffoscope: RegExp
}

const both =
  (make: (dir: string, content: string) => Promise<unknown>) => async (oldDir: string, newDir: string) => {
    await make(oldDir, '1')
    await make(newDir, '2')
  }

/** A data archive with one sparse file, and a last byte at its end. @param size in bytes */
async function sparse(size: number, last: string): Promise<Buffer> {
  const work = await mkdtemp(join(tmpdir(), 'differ-hostile-'))
  const path = join(work, 'holes')
  await writeFile(path, '')
  await truncate(path, size)
  await appendFile(path, last)
  const archive = execFileSync('tar', ['--sparse', '--gzip', '--create', './holes'], { cwd: work })
  await rm(work, { recursive: true })
  return archive
}

/** @param megabytes of the file in each package */
export const zeros = (megabytes: number): Bomb => ({
  title: `${megabytes} MB of zeros`,
  make: both((dir, byte) =>
    buildPackage(dir, {
      name: 'evil',
      version: '1-1',
      files: { zeros: Buffer.alloc(megabytes * 1_000_000, Number(byte)) },
    }),
  ),
  tempLimitMb: megabytes / 3,
  debdiff: /^Debdiff$/,
  diffoscope: /^DiffCommand(Memory|Timeout)?Error$/,
})

/** @param megabytes of the sparse file in each package */
export const holes = (megabytes: number): Bomb => ({
  title: `${megabytes} MB of holes`,
  make: both(async (dir, last) =>
    buildFromMembers(dir, {
      ...packageOf([ROOT, CONTROL]),
      'data.tar.gz': await sparse(megabytes * 1_000_000, last),
    }),
  ),
  tempLimitMb: megabytes / 20,
  debdiff: /^(Debdiff|DiffCommand(Memory|Timeout)?Error)$/,
  diffoscope: /^DiffCommand(Memory|Timeout)?Error$/,
})

/** @param count of files in the new package */
export const manyFiles = (count: number): Bomb => ({
  title: `${count} files`,
  make: async (oldDir, newDir) => {
    await buildOrdinary(oldDir)
    const files = Array.from({ length: count }, (_, i): TarMember => ({ name: `./usr/${i}`, content: '' }))
    await buildFromMembers(newDir, packageOf([ROOT, CONTROL], files))
  },
  tempLimitMb: 100,
  debdiff: /^(Debdiff|DiffCommand(Memory|Timeout)?Error)$/,
  diffoscope: /^(Diffoscope|DiffCommand(Memory|Timeout)?Error)$/,
})
