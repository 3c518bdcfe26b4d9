/**
 * Accepts variables of the type String where an argument has the type ID, as the arguments for ids of runs, jobs and
 * batches had before 0.1.0. Their values are the same. Tools that check documents against `schema.graphql` do not.
 */
import {
  type GraphQLInputType,
  Kind,
  type OperationDefinitionNode,
  specifiedRules,
  type TypeNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'

export const useIdVariables: Plugin = {
  onValidate: ({ validateFn, setValidationFn }) => {
    setValidationFn((schema, document, rules: readonly ValidationRule[] = specifiedRules, ...rest) =>
      validateFn(schema, document, rules.map(lenient), ...rest),
    )
  },
}

/** By the original rules, so that those of two operations are the same: Yoga remembers results by rules. */
const LENIENT = new WeakMap<ValidationRule, ValidationRule>()

function lenient(rule: ValidationRule): ValidationRule {
  if (rule.name !== 'VariablesInAllowedPositionRule') return rule
  const known = LENIENT.get(rule)
  if (known) return known
  const relaxed: ValidationRule = (context) => rule(relaxedContext(context))
  LENIENT.set(rule, relaxed)
  return relaxed
}

function relaxedContext(context: ValidationContext): ValidationContext {
  return Object.assign(Object.create(context) as ValidationContext, {
    getRecursiveVariableUsages: (operation: OperationDefinitionNode) => {
      const definitions = operation.variableDefinitions ?? []
      const texts = definitions.filter(({ type }) => namedType(type) === 'String')
      const text = context.getSchema().getType('String') as GraphQLInputType
      const names = new Set(texts.map(({ variable }) => variable.name.value))
      return context
        .getRecursiveVariableUsages(operation)
        .map((usage) =>
          usage.type && names.has(usage.node.name.value)
            ? { ...usage, type: textFor(usage.type, text) }
            : usage,
        )
    },
  })
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type)
}

/**
 * The type with String in place of ID. Built by the classes of the type itself, because a process may have loaded
 * `graphql` twice.
 */
function textFor(type: GraphQLInputType, text: GraphQLInputType): GraphQLInputType {
  if (!('ofType' in type)) return type.name === 'ID' ? text : type
  const Wrapper = type.constructor as new (of: GraphQLInputType) => GraphQLInputType
  return new Wrapper(textFor(type.ofType, text))
}
