/** Copies texts, and says so. */
import { announce } from './announce.ts'

export async function copyPath(path: string): Promise<void> {
  await copy(path, 'Path copied', 'This browser does not copy without HTTPS')
}

/** Copies the address of the page as it is now. */
export async function copyAddress(): Promise<void> {
  await copy(location.href, 'Link copied', 'The link is in the address bar')
}

async function copy(text: string, done: string, failed: string): Promise<void> {
  // Without HTTPS there is no clipboard.
  const copied = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))
  await copied.then(
    () => announce(done, true),
    () => announce(failed, true),
  )
}
