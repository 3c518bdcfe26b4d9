import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether what a client shows is the token. */
export class TokenCheck {
  readonly #expected: Buffer | null

  /** @param token null: everybody may do everything */
  constructor(token: string | null) {
    this.#expected = token === null ? null : digest(token)
  }

  /** @param authorization a header or the like: `Bearer TOKEN`; anything is taken */
  admits(authorization: unknown): boolean {
    if (!this.#expected) return true
    const shown =
      typeof authorization === 'string' ? /^bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined
    return shown !== undefined && timingSafeEqual(digest(shown), this.#expected)
  }
}

/** Of equal length whatever is hashed, which the comparison needs; so it tells nothing of the token's length either. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
