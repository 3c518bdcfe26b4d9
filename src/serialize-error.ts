/** Errors as plain data and back, for job queues and worker threads, across which an error would lose its class. */
import * as errors from './errors.ts'

/** Can be sent as JSON and by structured clone. Apart from these three, it has the error's fields. */
export interface SerializedError {
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
  readonly [field: string]: unknown
}

interface ErrorClass {
  readonly name: string
  readonly prototype: Error
}

const CLASSES = classesByName(Object.values(errors))

/** @returns the error's name, message, stack and primitive fields; without its cause, functions and objects */
export function serializeError(error: unknown): SerializedError {
  const thrown = error instanceof Error ? error : new Error(String(error))
  const fields = Object.entries(thrown).filter(([, value]) => isPrimitive(value))
  const { name, message, stack } = thrown
  return { ...Object.fromEntries(fields), name, message, stack }
}

/**
 * @param furtherClasses classes to restore besides those of `errors.ts`
 * @returns an instance of the error's class, or of Error under the same name if the class is unknown
 */
export function deserializeError(
  { name, message, stack, ...fields }: SerializedError,
  furtherClasses: readonly ErrorClass[] = [],
): Error {
  const error = new Error(message)
  const knownClass = CLASSES.get(name) ?? classesByName(furtherClasses).get(name)
  if (knownClass) Object.setPrototypeOf(error, knownClass.prototype)
  if (stack !== undefined) error.stack = stack
  return Object.assign(error, fields, { name })
}

function classesByName(classes: readonly ErrorClass[]): ReadonlyMap<string, ErrorClass> {
  return new Map(classes.map((errorClass) => [errorClass.name, errorClass]))
}

function isPrimitive(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
