/** The thread that makes renderings: each of its messages asks for one, with the port to send it to. */
import { parentPort } from 'node:worker_threads'
import { serveRendering } from './render-worker-host.ts'

parentPort?.on('message', serveRendering)
