/** Bytes of a tar header that no field has room for: a reader skips them, so something can hide there. */

/** Fields of text, which end at their first NUL byte: name, target of a link, owner, group. */
const TEXT_FIELDS: readonly (readonly [at: number, length: number])[] = [
  [0, 100],
  [157, 100],
  [265, 32],
  [297, 32],
]
/** Fields of digits: mode, user, group, size, time, checksum. */
const NUMBER_FIELDS: readonly (readonly [at: number, length: number])[] = [
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [136, 12],
  [148, 8],
]
const LINK_NAME = 157
const DEVICE = { at: 329, length: 16 }
const PREFIX = { at: 345, length: 155 }
const REST_AT = 500

/** The unread bytes of one header, one after the other; empty for what ordinary writers make. */
export function headerSlack(block: Buffer, type: string): Buffer {
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0'
  const isLink = type === '1' || type === '2'
  const isDevice = type === '3' || type === '4'
  const parts = [
    ...TEXT_FIELDS.map(([at, length]) =>
      at === LINK_NAME && !isLink
        ? block.subarray(at, at + length)
        : afterNul(block.subarray(at, at + length)),
    ),
    ...NUMBER_FIELDS.map(([at, length]) => afterNumber(block.subarray(at, at + length))),
    ...(isDevice ? [] : [block.subarray(DEVICE.at, DEVICE.at + DEVICE.length)]),
    // GNU tar may keep times of access and change here.
    isUstar
      ? afterNul(block.subarray(PREFIX.at, PREFIX.at + PREFIX.length))
      : block.subarray(PREFIX.at, PREFIX.at + PREFIX.length),
    block.subarray(REST_AT),
  ]
  return Buffer.concat(parts.filter((part) => !isEmpty(part)))
}

function afterNul(field: Buffer): Buffer {
  const end = field.indexOf(0)
  return end < 0 ? Buffer.alloc(0) : field.subarray(end)
}

/** Numbers in base 256 fill their field. */
function afterNumber(field: Buffer): Buffer {
  if ((field[0] ?? 0) & 0x80) return Buffer.alloc(0)
  const [number = ''] = /^ *[0-7]*/.exec(field.toString('latin1')) ?? []
  return field.subarray(number.length)
}

const ZEROS = Buffer.alloc(512)

/** Nothing but NUL bytes, blanks and zeros in octal digits, as writers fill fields that mean nothing. */
function isEmpty(part: Buffer): boolean {
  if (part.equals(ZEROS.subarray(0, part.length))) return true
  return part.every((byte) => byte === 0 || byte === 0x20 || byte === 0x30)
}
