import { createHash, timingSafeEqual } from 'node:crypto'

/** Checks the token that clients must send to start or cancel work. */
export class TokenCheck {
  readonly #expected: Buffer | null

  /** @param token null: none is required */
  constructor(token: string | null) {
    this.#expected = token === null ? null : digest(token)
  }

  /** @param authorization what a client sent as `Authorization`, of any type: `Bearer TOKEN` */
  admits(authorization: unknown): boolean {
    if (!this.#expected) return true
    const token =
      typeof authorization === 'string' ? /^bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined
    return token !== undefined && timingSafeEqual(digest(token), this.#expected)
  }
}

/**
 * `timingSafeEqual` needs equal lengths. With digests, the time does not reveal the length of the token
 * either.
 */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
