/** Changes finished packages and makes archives in ways that ordinary tools do not. */
import { crc32 } from 'node:zlib'

const AR_HEADER = 60
const BLOCK = 512

/** A package whose member with this name has other content. */
export function withMember(deb: Buffer, wanted: string, edit: (content: Buffer) => Buffer): Buffer {
  const parts = [deb.subarray(0, 8)]
  for (let at = 8; at + AR_HEADER <= deb.length; ) {
    const header = Buffer.from(deb.subarray(at, at + AR_HEADER))
    const size = Number(header.toString('latin1', 48, 58))
    const content = deb.subarray(at + AR_HEADER, at + AR_HEADER + size)
    const isWanted = header.toString('latin1', 0, 16).trim().replace(/\/$/, '') === wanted
    const edited = isWanted ? edit(content) : content
    header.write(String(edited.length).padEnd(10), 48, 'latin1')
    parts.push(header, edited, edited.length % 2 === 1 ? Buffer.from('\n') : Buffer.alloc(0))
    at += AR_HEADER + size + (size % 2)
  }
  return Buffer.concat(parts)
}

export interface TarPart {
  readonly header: Buffer
  /** With its padding. */
  readonly content: Buffer
}

/** A package (made with compression `none`) whose data archive has other members. */
export function withTar(deb: Buffer, edit: (members: TarPart[]) => TarPart[], end = Buffer.alloc(0)): Buffer {
  return withMember(deb, 'data.tar', (tar) => {
    const members: TarPart[] = []
    let at = 0
    while ((tar[at] ?? 0) !== 0) {
      const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8)
      const padded = Math.ceil(size / BLOCK) * BLOCK
      members.push({
        header: Buffer.from(tar.subarray(at, at + BLOCK)),
        content: Buffer.from(tar.subarray(at + BLOCK, at + BLOCK + padded)),
      })
      at += BLOCK + padded
    }
    const blocks = edit(members).flatMap(({ header, content }) => [withChecksum(header), content])
    return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK), end])
  })
}

/** Edits the member whose path ends in `ending`. */
export function editMember(ending: string, edit: (part: TarPart) => TarPart | TarPart[]) {
  return (deb: Buffer) =>
    withTar(deb, (members) =>
      members.flatMap((part) => (nameOf(part.header).endsWith(ending) ? edit(part) : [part])),
    )
}

export function nameOf(header: Buffer): string {
  return header.toString('latin1', 0, 100).replace(/\0.*$/s, '').replace(/\/$/, '')
}

/** A copy of a header with text at a position. */
export function patched(header: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(header)
  copy.write(text, at, 'latin1')
  return copy
}

function withChecksum(header: Buffer): Buffer {
  const copy = patched(header, 148, '        ')
  const sum = copy.reduce((total, byte) => total + byte, 0)
  return patched(copy, 148, `${sum.toString(8).padStart(6, '0')}\0 `)
}

/** An extended header of pax for the member that follows. */
export function paxHeader(template: Buffer, records: Readonly<Record<string, string>>): TarPart {
  const text = Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`
      const length = rest.length + 2
      return `${String(length).length === 2 ? length : rest.length + 3}${rest}`
    })
    .join('')
  const header = Buffer.from(template)
  header.fill(0, 0, 100)
  header.write('./PaxHeaders/x', 0, 'latin1')
  header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  header.write('x', 156, 'latin1')
  const content = Buffer.alloc(Math.ceil(text.length / BLOCK) * BLOCK)
  content.write(text, 0, 'latin1')
  return { header, content }
}

/** A zip file of members that are stored, not compressed. */
export function zip(
  members: Readonly<Record<string, string | Buffer>>,
  { comment = '', time = 0, extra = '' }: { comment?: string; time?: number; extra?: string } = {},
): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, text] of Object.entries(members)) {
    const content = typeof text === 'string' ? Buffer.from(text) : text
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(10, 4)
    head.writeUInt16LE(time, 10)
    head.writeUInt32LE(crc32(content), 14)
    head.writeUInt32LE(content.length, 18)
    head.writeUInt32LE(content.length, 22)
    head.writeUInt16LE(name.length, 26)
    local.push(head, Buffer.from(name), content)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(10, 4)
    head.copy(entry, 6, 4, 30)
    entry.writeUInt16LE(extra.length, 30)
    entry.writeUInt32LE(offset, 42)
    central.push(entry, Buffer.from(name), Buffer.from(extra, 'latin1'))
    offset += 30 + name.length + content.length
  }
  const end = Buffer.alloc(22)
  const centralBytes = central.reduce((sum, part) => sum + part.length, 0)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(members).length, 8)
  end.writeUInt16LE(Object.keys(members).length, 10)
  end.writeUInt32LE(centralBytes, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...local, ...central, end, Buffer.from(comment)])
}

/** A PDF of one page whose content is a stream. */
export function pdf(text: string, date: string, after = ''): Buffer {
  return Buffer.from(
    `%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n3 0 obj\n<< /Length ${text.length} >>\nstream\n${text}\nendstream\nendobj\n4 0 obj\n<< /CreationDate (D:${date}) >>\nendobj\ntrailer\n<< /Root 1 0 R /Info 4 0 R >>\nstartxref\n0\n%%EOF\n${after}`,
    'latin1',
  )
}
