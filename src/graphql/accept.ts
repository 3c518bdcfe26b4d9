/** The forms in which an answer can be had. What a client would take in none of them is not begun. */
import { type ASTNode, type DocumentNode, getOperationAST, Kind, visit } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { preferredMediaType } from '../requests/accept.ts'
import { refusedRequest, withoutStatus } from './present-error.ts'

const EVENTS = 'text/event-stream'
const IN_PARTS = ['multipart/mixed', EVENTS]
/** One that comes in parts may hold a whole one. */
const WHOLE = ['application/json', 'application/graphql-response+json', ...IN_PARTS]

/** What a client asks to be executed. */
interface Asked {
  readonly args: {
    readonly document: DocumentNode
    readonly operationName?: string | null
    readonly variableValues?: Readonly<Record<string, unknown>> | null
    /** Of GraphQL over WebSocket there is no request. */
    readonly contextValue: { readonly request?: Request }
  }
  setResultAndStopExecution(result: { errors: ReturnType<typeof notAcceptable>[] }): void
}

/** Says what to accept where the client takes an answer in no form that it can have, before the operation has begun: it might start work. */
export const useAcceptCheck: Plugin = {
  onExecute: refuseUntaken,
  onSubscribe: refuseUntaken,
  // What was not executed at all is answered here; one that comes in parts is ended: nobody would read it, and it would count as running for ever.
  onResultProcess({ result, resultProcessor, setResultProcessor, acceptableMediaTypes }) {
    if (resultProcessor) return
    const inParts = Symbol.asyncIterator in result
    if (inParts) void result[Symbol.asyncIterator]().return?.()
    const known = 'errors' in result && result.errors?.find(({ extensions }) => extensions?.['code'] === CODE)
    const errors = [withoutStatus(known || notAcceptable([...new Set(acceptableMediaTypes)], inParts))]
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

const CODE = 'NOT_ACCEPTABLE'

function refuseUntaken({ args, setResultAndStopExecution }: Asked): void {
  const { request } = args.contextValue
  const accept = request?.headers.get('accept')
  if (!accept) return
  const isSubscription = getOperationAST(args.document, args.operationName)?.operation === 'subscription'
  const inParts = isSubscription || isDeferred(args)
  const forms = isSubscription ? [EVENTS] : inParts ? IN_PARTS : WHOLE
  if (preferredMediaType(accept, forms) === null)
    setResultAndStopExecution({ errors: [notAcceptable(forms, inParts)] })
}

function notAcceptable(forms: readonly string[], inParts: boolean) {
  return refusedRequest(
    CODE,
    `The answer${inParts ? ' comes in parts; it' : ''} can be had as ${forms.join(', ')}: "accept" names none of these`,
    406,
  )
}

/** Documents in which nothing at all can be sent behind the rest: Yoga keeps them parsed, and most are of these. */
const plain = new WeakSet<DocumentNode>()

/** Whether a part of the operation is sent behind the rest. */
function isDeferred({ document, operationName, variableValues }: Asked['args']): boolean {
  if (plain.has(document)) return false
  let isPlain = true
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
    ),
  )
  const operation = getOperationAST(document, operationName)
  let found = false
  // A set goes on with what is added while it is gone through.
  const parts = new Set<ASTNode>(operation ? [operation] : [])
  for (const part of parts)
    visit(part, {
      [Kind.FRAGMENT_SPREAD]: ({ name }) => {
        const fragment = fragments.get(name.value)
        if (fragment) parts.add(fragment)
      },
      [Kind.DIRECTIVE]: ({ name, arguments: given = [] }) => {
        if (name.value !== 'defer' && name.value !== 'stream') return
        isPlain = false
        const condition = given.find((one) => one.name.value === 'if')?.value
        const isOff =
          (condition?.kind === Kind.BOOLEAN && !condition.value) ||
          (condition?.kind === Kind.VARIABLE && variableValues?.[condition.name.value] === false)
        if (!isOff) found = true
      },
    })
  // All of it has been looked at, not only one operation of several.
  if (isPlain && document.definitions.length === parts.size) plain.add(document)
  return found
}
