/** Responses that are sent while they are made. */
import type { FastifyRequest } from 'fastify'

/** Without this header, nginx passes a response on in large pieces, and the rest when it is complete. */
export const UNBUFFERED = { 'x-accel-buffering': 'no' } as const

/**
 * Ends the connection of a response that cannot be completed, so that the client, and a proxy between, sees
 * that its end is missing. Proxies use HTTP/1.0, where an orderly end of the connection is the end of the
 * response.
 */
export function breakConnection({ raw: { httpVersion, socket } }: FastifyRequest): void {
  if (httpVersion === '1.0') socket.resetAndDestroy()
  else socket.destroy()
}
