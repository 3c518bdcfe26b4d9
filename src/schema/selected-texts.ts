/** How often an operation selects the texts of a list, for the estimate of the bytes that it will return. */
import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
} from 'graphql'

/**
 * Counts the fields `text` below a field, under all their names; those of segments do not count, because few
 * lines have them.
 */
export function selectedTexts({ fieldNodes, fragments, variableValues }: GraphQLResolveInfo): number {
  const isLeftOut = (node: SelectionNode) =>
    getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if === false
  const within = (selections: readonly SelectionNode[] = []): number =>
    selections.reduce((count, node) => (isLeftOut(node) ? count : count + textsOf(node)), 0)
  const ofField = ({ name, selectionSet }: FieldNode): number => {
    if (name.value === 'text') return 1
    return name.value === 'segments' ? 0 : within(selectionSet?.selections)
  }
  const textsOf = (node: SelectionNode): number => {
    if (node.kind === Kind.FIELD) return ofField(node)
    if (node.kind === Kind.INLINE_FRAGMENT) return within(node.selectionSet.selections)
    return within(fragments[node.name.value]?.selectionSet.selections)
  }
  return fieldNodes.reduce((count, node) => count + within(node.selectionSet?.selections), 0)
}
