import type { GraphQLError, ValidationRule } from 'graphql'
import { createGraphQLError, type Plugin } from 'graphql-yoga'

/** Refuses to tell of the schema, and keeps its names out of hints. */
export const hideSchema: Plugin = {
  onValidate: ({ addValidationRule }) => {
    addValidationRule(noIntrospection)
    return ({ result, setResult }) => setResult(result.map((error) => withoutHint(error as GraphQLError)))
  },
}

/** By the names alone: the library's own rule asks what the fields' types are, and knows only those of its own copy of the library. */
const noIntrospection: ValidationRule = (context) => ({
  Field(node) {
    if (node.name.value === '__schema' || node.name.value === '__type')
      context.reportError(createGraphQLError('This service does not tell of its schema', { nodes: [node] }))
  },
})

/** The same for what is said of variables. */
export function withoutHint(error: GraphQLError): GraphQLError {
  // What has a path was said by a field.
  return error.path
    ? error
    : Object.assign(error, { message: error.message.replace(/ ?Did you mean .*/s, '') })
}
