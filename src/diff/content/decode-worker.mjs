/** Entry point of the decoding thread. Each message is a `DecodeRequest`; its result is sent in the same order. */
import { parentPort } from 'node:worker_threads'
import { decodeBlock, prepareDecoder } from './zstd-decoder.ts'

prepareDecoder()
parentPort?.on('message', ({ memory, frameBytes, contentBytes }) => {
  let failure = null
  try {
    decodeBlock(new Uint8Array(memory, 0, frameBytes), new Uint8Array(memory, 0, contentBytes))
  } catch (error) {
    failure = String(error)
  }
  parentPort?.postMessage({ memory, failure }, [memory])
})
parentPort?.postMessage('ready')
