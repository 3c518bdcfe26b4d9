/**
 * The result of an action on a file, or null if there is no such file. @throws all other errors of the system
 */
export async function nullIfMissing<T>(action: Promise<T>): Promise<T | null> {
  try {
    return await action
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
