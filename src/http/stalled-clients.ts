/** Disconnects clients that stop reading. Each one holds a report file open and a send buffer full. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** How often all connections are checked within one time limit. */
const CHECKS_PER_LIMIT = 4

interface Progress {
  /** Bytes passed to the connection so far. */
  readonly bytesWritten: number
  /** When that number last changed. */
  readonly sinceMs: number
}

/**
 * Cuts connections whose unsent bytes have not become fewer for `limitMs`. A response is written in chunks of
 * up to 256 KB, so a client must read that much in this time. A client that waits for a response to begin has
 * nothing to read, and is not cut.
 */
export function cutStalledClients(server: Server, limitMs: number): void {
  const sockets = new Map<Socket, Progress | null>()
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, null)
    socket.once('close', () => sockets.delete(socket))
  })
  const timer = setInterval(() => {
    const now = performance.now()
    for (const [socket, last] of sockets) {
      const { bytesWritten, writableLength } = socket
      if (writableLength === 0) {
        if (last) sockets.set(socket, null)
      } else if (last?.bytesWritten !== bytesWritten) sockets.set(socket, { bytesWritten, sinceMs: now })
      else if (now - last.sinceMs >= limitMs) socket.destroy()
    }
  }, limitMs / CHECKS_PER_LIMIT)
  timer.unref()
  server.once('close', () => clearInterval(timer))
}
