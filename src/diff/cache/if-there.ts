/** What came of an action on a file, or null where there is no such file. @throws all other errors of the system */
export async function ifThere<T>(action: Promise<T>): Promise<T | null> {
  try {
    return await action
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
