import { type DifferError, retryAfterMsOf } from '../errors.ts'
import { builder } from './builder.ts'

export const ErrorInterface = builder.interfaceRef<DifferError>('Error').implement({
  description: 'An expected failure.',
  fields: (t) => ({
    message: t.exposeString('message', {
      description:
        'What failed and what to do, as a sentence for people. The wording may change, so do not parse it.',
    }),
    retryable: t.exposeBoolean('retryable', {
      description:
        'Whether the same request may succeed later, without any change by the client or the operator.',
    }),
    retryAfterMs: t.int({
      nullable: true,
      description:
        'Suggested delay before a retry, in milliseconds; null if unknown. Until then the same failure ' +
        'is returned without another attempt.',
      resolve: retryAfterMsOf,
    }),
  }),
})
