/** Clients that do not read what they asked for: the report that they hold open, and the room of what lies unread, are needed. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** How often progress is looked at, within one time limit. */
const LOOKS = 4

interface Progress {
  /** Bytes handed over so far, and since when no more of them. */
  readonly bytesWritten: number
  readonly sinceMs: number
}

/**
 * Cuts connections on which bytes lie for `limitMs` without any of them being taken. Bytes are handed over in pieces of up to 256 KB, so that is what a client has to
 * take in that time. Who waits for an answer that has not begun has nothing to take, and may wait.
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
  }, limitMs / LOOKS)
  timer.unref()
  server.once('close', () => clearInterval(timer))
}
