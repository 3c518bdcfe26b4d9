import { Readable } from 'node:stream'

/** A comment in an event stream, which clients ignore and proxies take for traffic. */
const PING = ':\n\n'

/**
 * Passes on what Yoga writes of a response in several parts, one chunk at a time: a slow client then gets the
 * latest state of a subscription, and not those before it.
 *
 * An event stream begins with a ping, which makes proxies and browsers show its headers, and has further ones
 * at our interval instead of Yoga's, which is fixed. A ping is left out while the client does not read.
 * @param pingMs time between two pings, in milliseconds; null for a response that is no event stream
 */
export function streamedParts(parts: ReadableStream<Uint8Array>, pingMs: number | null): Readable {
  const reader = parts.getReader()
  /** A ping within an event would cut it in two. */
  let isBetweenEvents = true
  const stream = new Readable({
    highWaterMark: 1,
    read: () => {
      readNext().catch((error: Error) => stream.destroy(error))
    },
    destroy: (error, done) => {
      clearInterval(pings)
      // The response is over: an error while the operation ends concerns no client.
      reader.cancel(error).catch(() => {})
      done(error)
    },
  })
  const ping = () => {
    if (isBetweenEvents && stream.readableLength === 0) stream.push(PING)
  }
  const pings = pingMs === null ? undefined : setInterval(ping, pingMs)
  if (pings) ping()
  return stream

  async function readNext(): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) {
        clearInterval(pings)
        stream.push(null)
        return
      }
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      // Yoga's own pings are chunks of their own.
      if (pings && bytes.equals(Buffer.from(PING))) continue
      isBetweenEvents = bytes.subarray(-2).toString() === '\n\n'
      stream.push(bytes)
      return
    }
  }
}
