import type { FastifyInstance } from 'fastify'

/**
 * The methods that each path takes, collected from the routes as Fastify registers them. Fastify itself can
 * only look up patterns (`hasRoute`), not paths. Create it before the routes.
 */
export class RouteMethods {
  /** By the pattern of the path: `/debdiff/:old/:new`. */
  readonly #routes = new Map<string, { readonly pattern: readonly string[]; readonly methods: Set<string> }>()

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', ({ url, method }) => {
      const route = this.#routes.get(url) ?? { pattern: url.split('/'), methods: new Set() }
      this.#routes.set(url, route)
      for (const one of [method].flat()) route.methods.add(one)
    })
  }

  /**
   * The methods of a URL's path as `Allow` lists them (`GET,HEAD`), or null if no route matches.
   * @param url as the routes see it: a path, perhaps with a query
   */
  of(url: string): string | null {
    const path = url.split('?', 1)[0]?.split('/') ?? []
    const methods = [...this.#routes.values()]
      .filter(({ pattern }) => matches(pattern, path))
      .flatMap((route) => [...route.methods])
    return methods.length > 0 ? [...new Set(methods)].sort().join(',') : null
  }
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((part, index) => (part.startsWith(':') ? path[index] !== '' : part === path[index]))
  )
}
