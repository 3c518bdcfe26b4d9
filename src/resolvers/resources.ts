import type { Loaders, Resources, Services } from './context.ts'
import { createLoaders } from './loaders.ts'
import { OpenReports } from './open-reports.ts'

/** The loaders and open reports of one operation: see `Resources`. */
export class OperationResources implements Resources {
  readonly #services: Services
  readonly #signal: AbortSignal
  readonly #client: string
  readonly #unclosed = new Set<OpenReports>()
  #loaders: Loaders
  #reports: OpenReports

  /**
   * @param signal aborts when the operation ends
   * @param client address of the client, for limits per client
   */
  constructor(services: Services, signal: AbortSignal, client = '') {
    this.#services = services
    this.#signal = signal
    this.#client = client
    this.#loaders = createLoaders(services, signal, client)
    this.#reports = this.#createReports()
  }

  get loaders(): Loaders {
    return this.#loaders
  }

  get reports(): OpenReports {
    return this.#reports
  }

  renew(): void {
    this.#loaders = createLoaders(this.#services, this.#signal, this.#client)
    this.#reports = this.#createReports()
  }

  async close(): Promise<void> {
    const unclosed = [...this.#unclosed]
    this.#unclosed.clear()
    await Promise.all(unclosed.map((reports) => reports.close()))
  }

  #createReports(): OpenReports {
    const reports = new OpenReports()
    this.#unclosed.add(reports)
    return reports
  }
}
