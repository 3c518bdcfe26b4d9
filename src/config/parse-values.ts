/**
 * Parses the values of settings. Error messages follow the name of a setting: "--port" + "must be a whole
 * number from 0 to 65535, not "99999"".
 */
import { resolve } from 'node:path'
import { parseGcsLocation } from '../artifacts/gcs-location.ts'
import { LOCATION_FORMS, parseBucketLocation } from '../bucket/bucket-location.ts'
import { UsageError } from '../errors.ts'
import { maskSecrets } from '../mask-secrets.ts'
import { connectionOptions } from '../redis/redis-url.ts'
import { parseAddressRange } from '../requests/client-address.ts'
import { shellSplit } from './shell-split.ts'

export function nonEmpty(text: string): string {
  if (text.trim() === '') throw new UsageError('must not be empty; set a value or remove the setting')
  return text
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text.trim()) || number < min || number > max)
      throw new UsageError(`must be a whole number from ${min} to ${max}, not "${text}"`)
    return number
  }
}

export function oneOf<const T extends string>(...allowed: T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((value) => value === text)
    if (!found) throw new UsageError(`must be one of ${allowed.join(', ')}, not "${text}"`)
    return found
  }
}

/** A switch: `true` or `false`. */
export function trueOrFalse(text: string): boolean {
  return oneOf('true', 'false')(text) === 'true'
}

/** @returns an absolute path */
export function path(text: string): string {
  return resolve(nonEmpty(text))
}

/** Items of a comma-separated list, trimmed, without empty ones. */
export function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** As `list`; `none` stands for an empty list where the default is not empty. */
export function listOrNone(text: string): readonly string[] {
  return text.trim() === 'none' ? [] : list(text)
}

/** The message does not repeat the text, which is a secret. */
export function token(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new UsageError('must consist of printable ASCII characters without spaces')
  return text
}

/** As Standard Webhooks recommends. */
const MIN_SECRET_LENGTH = 24

/** The messages do not repeat the text, which is a secret. */
export function webhookSecret(text: string): string {
  const [, base64] = /^whsec_(.*)$/s.exec(text) ?? []
  if (base64 !== undefined && !/^[A-Za-z0-9+/]{32,}={0,2}$/.test(base64))
    throw new UsageError('must have at least 24 bytes in Base64 after "whsec_"')
  if (token(text).length < MIN_SECRET_LENGTH)
    throw new UsageError(`must have at least ${MIN_SECRET_LENGTH} characters`)
  return text
}

/** The message does not repeat the text, which may contain a password. */
export function url(...protocols: readonly string[]): (text: string) => string {
  const forms = protocols.map((protocol) => `${protocol}//HOST/…`).join(' or ')
  return (text) => {
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
      throw new UsageError(`must be a URL of the form ${forms}`)
    return text
  }
}

/** @returns the URL without slashes at its end, so that paths can be appended */
export function baseUrl(text: string): string {
  const given = url('http:', 'https:')(text)
  const { search, hash, username, password } = new URL(given)
  if (search || hash || username || password || /[?#]/.test(given))
    throw new UsageError(`must only have a scheme, a host and a path, not "${text}"`)
  return new URL(given).href.replace(/\/+$/, '')
}

/**
 * The URL of a page with placeholders in braces, such as `https://example.org/runs/{run}`.
 * @param names of the placeholders that it may have
 */
export function urlTemplate(...names: readonly string[]): (text: string) => string {
  const known = names.map((name) => `{${name}}`)
  return (text) => {
    const given = text.match(/\{[^{}]*\}/g) ?? []
    const unknown = given.find((placeholder) => !known.includes(placeholder))
    if (unknown !== undefined) throw new UsageError(`may contain ${known.join(', ')}, but not ${unknown}`)
    const example = text.replace(/\{\w+\}/g, 'x')
    // A placeholder in the host would let the name of a run choose the site.
    const [site = ''] = /^https?:\/\/[^/?#]*/i.exec(text) ?? []
    if (!URL.canParse(example) || !/^https?:$/.test(new URL(example).protocol) || /[{}]/.test(example))
      throw new UsageError(`must be a URL such as https://example.org/runs/{run}, not "${text}"`)
    if (site.includes('{')) throw new UsageError(`must have no placeholder before its path, as in "${text}"`)
    return text
  }
}

/** Comma-separated origins, as browsers send them: scheme, host and, unless it is the usual one, port. */
export function origins(text: string): readonly string[] {
  const given = list(text)
  for (const item of given)
    if (!URL.canParse(item) || new URL(item).origin !== item || item === 'null')
      throw new UsageError(
        `must list origins such as https://example.org or https://example.org:8443, not "${item}"`,
      )
  return given
}

/** Comma-separated names of hosts without ports, or `*`. */
export function hostNames(text: string): readonly string[] {
  const given = list(text)
  for (const item of given)
    if (item !== '*' && !/^[\w.-]+$/.test(item))
      throw new UsageError(`must list names such as differ.example.org, without a port, or *; not "${item}"`)
  return given
}

export function addressRanges(text: string): readonly string[] {
  return list(text).map((item) => orInvalid(() => parseAddressRange(item)))
}

/** The message does not repeat the text, which may contain a password. */
export function redisUrl(text: string): string {
  orInvalid(() => connectionOptions(text))
  return text
}

export function redisPrefix(text: string): string {
  if (!/^[\w.{}-]{1,100}$/.test(text))
    throw new UsageError(
      `must consist of 1 to 100 letters, digits and the characters . - _ { }, not "${text}"`,
    )
  return text
}

/** @returns a bucket's URL with a slash at its end, or an absolute path */
export function artifactLocation(text: string): string {
  nonEmpty(text)
  if (text.startsWith('gs://')) {
    const location = parseGcsLocation(text)
    if (!location)
      throw new UsageError(
        `must have the form gs://BUCKET/ or gs://BUCKET/PREFIX/ for a bucket, not "${text}"`,
      )
    return `gs://${location.bucket}/${location.prefix}`
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.startsWith('file://'))
    throw new UsageError(`must be a directory or a bucket (gs://BUCKET/), not "${text}"`)
  return resolve(text.replace(/^file:\/\//, ''))
}

/** @returns the location as it was given */
export function cacheLocation(text: string): string {
  if (!parseBucketLocation(nonEmpty(text)))
    throw new UsageError(
      `must have the form ${LOCATION_FORMS}, without credentials, not "${maskSecrets(text)}"`,
    )
  return text
}

/** The words of a command line. */
export function commandLine(text: string): readonly string[] {
  const words = orInvalid(() => shellSplit(nonEmpty(text)))
  if (words.length === 0) throw new UsageError('must name a command')
  return words
}

/** Makes a sentence about the value follow the name of its setting. */
function orInvalid<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw error instanceof UsageError && !error.message.startsWith('must ')
      ? new UsageError(`is invalid: ${error.message}`)
      : error
  }
}
