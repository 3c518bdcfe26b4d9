/** The thread that makes renderings: each of its messages asks for one, with the port to send it to. */
import { parentPort } from 'node:worker_threads'
import { serveRendering } from './rendering-server.ts'

parentPort?.on('message', serveRendering)
