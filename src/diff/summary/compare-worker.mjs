/** Entry point of the thread that compares files. Each message is a `Batch`; the answer is the list of its results. */
import { parentPort } from 'node:worker_threads'
import { resultsOf } from './compare-tasks.ts'

parentPort?.on('message', (batch) => parentPort?.postMessage([...resultsOf(batch)]))
parentPort?.postMessage([])
