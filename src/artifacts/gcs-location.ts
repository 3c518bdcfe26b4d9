/**
 * Splits `gs://BUCKET/[PREFIX/]`; null if the text has another form. The prefix is empty or ends in a slash.
 */
export function parseGcsLocation(location: string): { bucket: string; prefix: string } | null {
  const [, bucket, path = ''] =
    /^gs:\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(\/[^?#]*)?$/.exec(location) ?? []
  if (!bucket) return null
  const folder = path.replace(/^\/+|\/+$/g, '')
  return { bucket, prefix: folder && `${folder}/` }
}
