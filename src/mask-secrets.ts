/**
 * Hides secrets in text that may be logged or shown: passwords in URLs, and query parameters with telling
 * names.
 */

/**
 * The password of a URL within JSON text, where quotes and backslashes are escaped. It ends at the last `@`
 * before the path, as URL parsers read it. Its length is limited so that the search stays linear.
 */
const PASSWORD = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"\\]{0,200}:)(?:[^\s/"\\]|\\["\\]){1,500}@/gi
/** A query parameter whose name says that it is a secret. */
const PARAMETER =
  /([?&][\w.-]{0,40}(?:pass|secret|token|signature|credential|key)[\w.-]{0,40}=)(?:[^\s&#"\\]|\\["\\])+/gi

/** Masks secrets in JSON text, which stays valid. */
export function maskSecretsInJson(json: string): string {
  return json.replace(PASSWORD, '$1***@').replace(PARAMETER, '$1***')
}

/** Masks secrets in plain text, such as a URL. */
export function maskSecrets(text: string): string {
  return JSON.parse(maskSecretsInJson(JSON.stringify(text))) as string
}
