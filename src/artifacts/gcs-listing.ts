/** Lists the objects of a folder in a bucket, page by page. */
import { type Requests, retrying } from './gcs-requests.ts'

/** One object of a listing. */
export interface StoredObject {
  readonly name: string
  readonly sizeBytes: number
  /** Base64. Null for an object that was composed from parts. */
  readonly md5: string | null
  /** Base64. Every object in the real store has one. */
  readonly crc32c: string | null
}

/** A page of the JSON API's `objects.list`. */
interface ObjectPage {
  readonly items?: readonly {
    readonly name: string
    /** A decimal number. */
    readonly size: string
    readonly md5Hash?: string
    readonly crc32c?: string
  }[]
  readonly nextPageToken?: string
}

/** Far more files than a build has: a longer listing cannot be a run's. */
const MAX_OBJECTS = 50_000

/**
 * The objects directly below `folder`, without those of its subfolders.
 * @param folder ends in a slash
 * @param options.retryForMs see `retrying`
 * @throws as `Requests.get`; Error if there are more than 50,000 objects
 */
export async function listObjects(
  requests: Requests,
  bucket: string,
  folder: string,
  options: { readonly pageSize: number; readonly retryForMs: number; readonly signal: AbortSignal },
): Promise<StoredObject[]> {
  const { pageSize, retryForMs, signal } = options
  const objects: StoredObject[] = []
  let pageToken: string | undefined
  do {
    const query = new URLSearchParams({
      prefix: folder,
      delimiter: '/',
      maxResults: String(pageSize),
      fields: 'items(name,size,md5Hash,crc32c),nextPageToken',
      ...(pageToken !== undefined && { pageToken }),
    })
    const page = await retrying(signal, retryForMs, async () => {
      const response = await requests.get(`/b/${encodeURIComponent(bucket)}/o?${query}`, signal)
      return (await response.json()) as ObjectPage
    })
    for (const { name, size, md5Hash, crc32c } of page.items ?? [])
      objects.push({ name, sizeBytes: Number(size), md5: md5Hash ?? null, crc32c: crc32c ?? null })
    if (objects.length > MAX_OBJECTS)
      throw new Error(`gs://${bucket}/${folder} holds more than ${MAX_OBJECTS} objects`)
    pageToken = page.nextPageToken
  } while (pageToken)
  return objects
}
