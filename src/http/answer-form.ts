import type { Plugin } from 'graphql-yoga'
import { refusedRequest, withoutStatus } from './present-error.ts'

/**
 * Says what to accept where the client takes an answer in no form that it can have. One that comes in parts is ended: nobody would read it, and it would count as
 * running for ever.
 */
export const refusedForms: Plugin = {
  onResultProcess({ result, resultProcessor, setResultProcessor, acceptableMediaTypes }) {
    if (resultProcessor) return
    const inParts = Symbol.asyncIterator in result
    if (inParts) void result[Symbol.asyncIterator]().return?.()
    const forms = [...new Set(acceptableMediaTypes)].join(', ')
    const message = `The answer${inParts ? ' comes in parts; it' : ''} can be had as ${forms}: "accept" names none of these`
    const errors = [withoutStatus(refusedRequest('NOT_ACCEPTABLE', message))]
    setResultProcessor(
      (_, { Response }) =>
        new Response(JSON.stringify({ errors }), {
          status: 406,
          headers: { 'content-type': 'application/json; charset=utf-8' },
        }),
      'application/json',
    )
  },
}
