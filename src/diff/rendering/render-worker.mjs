/** Entry point of the render worker's thread. Each message is a RenderRequest. */
import { parentPort } from 'node:worker_threads'
import { serveRendering } from './render-worker-host.ts'

parentPort?.on('message', serveRendering)
