/**
 * Loads one of the set-up's modules. They are plain JavaScript without declarations (they run before anything is
 * installed), so what they export is `any` here; the tests are what holds their shapes.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above
export async function script(name: string): Promise<any> {
  return import(new URL(`../../scripts/setup/${name}.mjs`, import.meta.url).href)
}
