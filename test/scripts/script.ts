/**
 * Imports a module of the set-up. The modules are plain JavaScript without declarations, because they run
 * before anything is installed; `T` says what the test uses of one.
 */
export async function script<T>(name: string): Promise<T> {
  return import(new URL(`../../scripts/setup/${name}.mjs`, import.meta.url).href)
}
