import { DifferError } from '../errors.ts'

/** A webhook was not delivered. `retryable`: whether the same request may succeed later. */
export class WebhookError extends DifferError {
  readonly retryable: boolean
  constructor(message: string, { retryable }: { readonly retryable: boolean }) {
    super(message)
    this.retryable = retryable
  }
}
