import type { IncomingMessage } from 'node:http'
import { type GraphQLError, getOperationAST } from 'graphql'
import type { Logger } from 'pino'
import type { ByteBudget } from '../requests/byte-budget.ts'
import type { TokenCheck } from '../requests/token-check.ts'
import type { OperationRequest, PersistedOperations } from './persisted.ts'
import { presentError, refusedRequest } from './present-error.ts'
import type { Yoga } from './server-context.ts'
import {
  type Executors,
  endResponse,
  hasTooMany,
  tooManyOnSocket,
  type WebsocketLimits,
  type WebsocketOptions,
} from './websocket.ts'

interface SocketOperationOptions {
  readonly persisted: PersistedOperations
  readonly tokenCheck: TokenCheck
  /** The address whose limits a request counts for. */
  readonly clientAddress: (request: IncomingMessage) => string
  readonly budget: ByteBudget
  readonly limits: WebsocketLimits
  readonly log: Logger
}

/**
 * Returns a function that prepares an operation which a client has sent over WebSocket: it parses and
 * validates the document and creates the context, as Yoga does for HTTP. Its errors are presented to clients
 * in the same way.
 */
export function prepareSocketOperation(
  yoga: Yoga,
  { persisted, tokenCheck, clientAddress, budget, limits, log }: SocketOperationOptions,
): WebsocketOptions['prepare'] {
  return async (connection, _id, payload) => {
    const { operationName, variables } = payload
    if (hasTooMany(connection, limits)) return [tooManyOnSocket(limits)]
    const { request, signal, responses } = connection.extra
    // Browsers cannot set headers of a WebSocket, so the token may come in the first message.
    const authorization = connection.connectionParams?.authorization ?? request.headers.authorization
    const client = clientAddress(request)
    const bytes = budget.open(client)
    responses.set(payload, bytes)
    const refuse = (...errors: readonly GraphQLError[]) => {
      endResponse(connection.extra, payload)
      return errors
    }
    const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
      requestId: crypto.randomUUID(),
      log,
      client,
      bytes,
      authorized: tokenCheck.admits(authorization),
      // The upgrade of a page of another site has been refused.
      foreignOrigin: null,
      socketSignal: signal,
    })
    try {
      const document = parse(persisted.queryOf(payload as OperationRequest))
      const errors = validate(schema, document)
      if (errors.length > 0) return refuse(...errors)
      if (!getOperationAST(document, operationName)) return refuse(noOperation(operationName))
      const contextValue = await contextFactory()
      const rootValue: Executors = { execute, subscribe }
      return { schema, document, contextValue, rootValue, operationName, variableValues: variables }
    } catch (error) {
      return refuse(presentError(error, log))
    }
  }
}

function noOperation(operationName: string | null | undefined) {
  return refusedRequest(
    'OPERATION_RESOLUTION_FAILURE',
    operationName == null
      ? 'The document must have exactly one operation unless "operationName" names one'
      : `The document has no operation named "${operationName}"`,
  )
}
