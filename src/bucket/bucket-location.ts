/** Parses the location of a bucket, which has all that a driver must know, apart from credentials. */
import { isAbsolute } from 'node:path'

export type BucketLocation =
  | { readonly driver: 'directory'; readonly path: string }
  | (RemoteLocation & { readonly driver: 'gcs' })
  | (RemoteLocation & {
      readonly driver: 's3'
      readonly region: string | null
      readonly hasPathStyle: boolean
    })

interface RemoteLocation {
  readonly bucket: string
  /** Empty, or ends in a slash. */
  readonly prefix: string
  /** Null for the provider's own. */
  readonly endpoint: string | null
}

export const LOCATION_FORMS =
  's3://BUCKET/[PREFIX/][?endpoint=URL&region=REGION&style=path|virtual], gs://BUCKET/[PREFIX/][?endpoint=URL] or /DIRECTORY'

/**
 * Path style is the default for an endpoint of one's own, since few of them have a host name for each bucket.
 * @returns null if the text has another form
 */
export function parseBucketLocation(location: string): BucketLocation | null {
  if (isAbsolute(location)) return { driver: 'directory', path: location }
  const [, scheme, bucket, path = '', query = ''] =
    /^(s3|gs):\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(\/[^?#]*)?(?:\?([^#]*))?$/.exec(location) ?? []
  if (!scheme || !bucket) return null
  const options = new URLSearchParams(query)
  const known = scheme === 's3' ? ['endpoint', 'region', 'style'] : ['endpoint']
  if ([...options.keys()].some((name) => !known.includes(name))) return null
  const [endpoint, style] = [options.get('endpoint'), options.get('style')]
  if (endpoint !== null && !isPlainUrl(endpoint)) return null
  if (style !== null && style !== 'path' && style !== 'virtual') return null
  const folder = path.replace(/^\/+|\/+$/g, '')
  const remote = { bucket, prefix: folder && `${folder}/`, endpoint: endpoint?.replace(/\/+$/, '') ?? null }
  if (scheme === 'gs') return { driver: 'gcs', ...remote }
  const hasPathStyle = style === null ? endpoint !== null : style === 'path'
  return { driver: 's3', ...remote, region: options.get('region') || null, hasPathStyle }
}

/** A location as a driver gets it: one of Cloud Storage is at the emulator, if there is one. */
export function locationOf(location: string, gcsEmulator: string | null): string {
  if (gcsEmulator === null || !location.startsWith('gs://') || location.includes('?')) return location
  const endpoint = /^https?:\/\//i.test(gcsEmulator) ? gcsEmulator : `https://${gcsEmulator}`
  return `${location}?${new URLSearchParams({ endpoint })}`
}

/** Credentials do not belong into a location, which is shown and logged. */
function isPlainUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false
  const { username, password, search } = new URL(text)
  return username === '' && password === '' && search === ''
}
