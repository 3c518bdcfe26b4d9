import { announce } from '../ui/announce.ts'

/** Copies the path of a file, and says so. */
export async function copyPath(path: string): Promise<void> {
  // Without HTTPS there is no clipboard.
  const copied = navigator.clipboard?.writeText(path) ?? Promise.reject(new Error('no clipboard'))
  await copied.then(
    () => announce('Path copied', true),
    () => announce('This browser does not copy without HTTPS', true),
  )
}
