/**
 * Runs one step of the set-up, and prints in one line what it did and how long it took.
 * @template T
 * @param {string} name
 * @param {(say: (text: string) => void) => Promise<{did: string} & T>} work `say` announces slow work; `did`
 *   is the end of the line
 * @returns {Promise<{did: string} & T>}
 */
export async function step(name, work) {
  const start = performance.now()
  const result = await work((text) => console.log(`${name}: ${text} …`))
  console.log(`${name}: ${result.did} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
  return result
}
