/** Entry point of the render worker's thread. Each message is a RenderRequest. */
import { parentPort } from 'node:worker_threads'
import { lowerPriority } from '../../lower-priority.ts'
import { startDecodeThread } from '../content/decode-thread.ts'
import { serveRendering } from './render-worker-host.ts'

lowerPriority(0)
startDecodeThread()
parentPort?.on('message', serveRendering)
