/**
 * Hides the schema where introspection is off. GraphQL Armor's `block-field-suggestions` removes hints as
 * well, but not from errors about variables, and it does not refuse introspection.
 */
import type { GraphQLError, ValidationRule } from 'graphql'
import { createGraphQLError, type Plugin } from 'graphql-yoga'

/** Refuses introspection, and removes hints at names of the schema from validation errors. */
export const useHiddenSchema: Plugin = {
  onValidate: ({ addValidationRule }) => {
    addValidationRule(noIntrospection)
    return ({ result, setResult }) => setResult(result.map((error) => withoutHints(error as GraphQLError)))
  },
}

/**
 * Checks names only. graphql-js has such a rule, but it compares field types with those of its own copy of
 * the library, and a process may have two copies.
 */
const noIntrospection: ValidationRule = (context) => ({
  Field(node) {
    if (node.name.value === '__schema' || node.name.value === '__type')
      context.reportError(createGraphQLError('Introspection is disabled on this service', { nodes: [node] }))
  },
})

/** Removes "Did you mean …" from an error about a document or its variables. */
export function withoutHints(error: GraphQLError): GraphQLError {
  // An error with a path comes from a field, not from graphql-js.
  return error.path
    ? error
    : Object.assign(error, { message: error.message.replace(/ ?Did you mean .*/s, '') })
}
