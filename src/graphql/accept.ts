/** Refuses an operation whose response the client would not accept. */
import { type ASTNode, type DocumentNode, getOperationAST, Kind, visit } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { preferredMediaType } from '../requests/accept.ts'
import { refusedRequest, withoutStatus } from './present-error.ts'

const EVENT_STREAM = 'text/event-stream'
/** Media types of a response in several parts. */
const INCREMENTAL_TYPES = ['multipart/mixed', EVENT_STREAM]
/** Media types of a response in one part. */
const SINGLE_TYPES = ['application/json', 'application/graphql-response+json', ...INCREMENTAL_TYPES]

const CODE = 'NOT_ACCEPTABLE'

/** The part of Yoga's hooks that this check needs. */
interface ExecutionHook {
  readonly args: {
    readonly document: DocumentNode
    readonly operationName?: string | null
    readonly variableValues?: Readonly<Record<string, unknown>> | null
    /** An operation over WebSocket has no request. */
    readonly contextValue: { readonly request?: Request }
  }
  setResultAndStopExecution(result: { errors: ReturnType<typeof notAcceptable>[] }): void
}

/**
 * Answers 406, with the acceptable media types, if `Accept` matches no type that the response can have. It
 * does so before the operation begins, because the operation might start work.
 */
export const useAcceptCheck: Plugin = {
  onExecute: refuseUnacceptable,
  onSubscribe: refuseUnacceptable,
  // Yoga has found no way to send the result. This is also how the refusal above arrives here.
  onResultProcess({ result, resultProcessor, setResultProcessor, acceptableMediaTypes }) {
    if (resultProcessor) return
    const isIncremental = Symbol.asyncIterator in result
    // The client would not read the stream, and the operation would count as running until it ends.
    if (isIncremental) void result[Symbol.asyncIterator]().return?.()
    const refusal =
      ('errors' in result && result.errors?.find(({ extensions }) => extensions?.code === CODE)) ||
      notAcceptable([...new Set(acceptableMediaTypes)], isIncremental)
    const errors = [withoutStatus(refusal)]
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

function refuseUnacceptable({ args, setResultAndStopExecution }: ExecutionHook): void {
  const accept = args.contextValue.request?.headers.get('accept')
  if (!accept) return
  const isSubscription = getOperationAST(args.document, args.operationName)?.operation === 'subscription'
  const isIncremental = isSubscription || isDeferred(args)
  const incrementalTypes = isSubscription ? [EVENT_STREAM] : INCREMENTAL_TYPES
  const types = isIncremental ? incrementalTypes : SINGLE_TYPES
  if (preferredMediaType(accept, types) === null)
    setResultAndStopExecution({ errors: [notAcceptable(types, isIncremental)] })
}

function notAcceptable(types: readonly string[], isIncremental: boolean) {
  const response = isIncremental ? 'The response comes in several parts; it' : 'The response'
  return refusedRequest(
    CODE,
    `${response} is available as ${types.join(', ')}, but the "accept" header has none of these`,
    406,
  )
}

/**
 * Documents without `@defer` and `@stream`, which are nearly all. Yoga caches parsed documents, so this saves
 * visiting them again.
 */
const plainDocuments = new WeakSet<DocumentNode>()

/** Whether `@defer` or `@stream` is in effect anywhere in the operation. */
function isDeferred({ document, operationName, variableValues }: ExecutionHook['args']): boolean {
  if (plainDocuments.has(document)) return false
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  )
  const operation = getOperationAST(document, operationName)
  let isPlain = true
  let isInEffect = false
  // The loop also visits the fragments that are added to the set while it runs.
  const parts = new Set<ASTNode>(operation ? [operation] : [])
  for (const part of parts)
    visit(part, {
      [Kind.FRAGMENT_SPREAD]: ({ name }) => {
        const fragment = fragments.get(name.value)
        if (fragment) parts.add(fragment)
      },
      [Kind.DIRECTIVE]: ({ name, arguments: args = [] }) => {
        if (name.value !== 'defer' && name.value !== 'stream') return
        isPlain = false
        const condition = args.find((argument) => argument.name.value === 'if')?.value
        const isOff =
          (condition?.kind === Kind.BOOLEAN && !condition.value) ||
          (condition?.kind === Kind.VARIABLE && variableValues?.[condition.name.value] === false)
        if (!isOff) isInEffect = true
      },
    })
  // A document may have other operations, which were not visited.
  if (isPlain && document.definitions.length === parts.size) plainDocuments.add(document)
  return isInEffect
}
