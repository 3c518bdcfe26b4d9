/**
 * Limits the size of a document before it is validated. GraphQL Armor counts aliases and directives too, but
 * in validation rules, which run together with rules of the specification whose time grows with the square of
 * these numbers.
 */
import { type DocumentNode, type GraphQLError, Kind, Lexer, Source, TokenKind, visit } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { QueryLimitError } from '../errors.ts'
import { refusal } from './present-error.ts'

export interface DocumentLimits {
  /**
   * Lexical tokens: names, values and punctuators. The time to parse and validate depends on their number.
   */
  readonly tokens: number
  /** Fields with an alias. Each of them is executed, even if they are otherwise equal. */
  readonly aliases: number
  readonly directives: number
  /** Length of an alias. It is a key of the response, in each item of a list. */
  readonly aliasLength: number
  /**
   * As `aliases`, in a document that reads the schema. A response about the schema is long and made at once,
   * and each alias may repeat all of it.
   */
  readonly introspectionAliases: number
}

/** Refuses documents that exceed the limits when they are parsed. */
export function useDocumentLimits(limits: DocumentLimits): Plugin {
  return {
    onParse: ({ parseFn, setParseFn }) =>
      setParseFn((source: unknown, options?: object) => checked(parseLimited(parseFn, source, options))),
  }

  function parseLimited(parse: Parse, source: unknown, options?: object): DocumentNode {
    try {
      return parse(source, { ...options, maxTokens: limits.tokens })
    } catch (error) {
      // graphql-js throws an ordinary syntax error for too many tokens.
      if (hasMoreTokens(String(source), limits.tokens))
        throw tooMany('TOO_MANY_TOKENS', 'tokens', limits.tokens)
      throw error
    }
  }

  function checked(document: DocumentNode): DocumentNode {
    let aliases = 0
    let directives = 0
    let maxAliases = limits.aliases
    visit(document, {
      [Kind.FIELD]: ({ alias, name }) => {
        if (name.value === '__schema' || name.value === '__type')
          maxAliases = Math.min(maxAliases, limits.introspectionAliases)
        if (alias && alias.value.length > limits.aliasLength) throw tooLong(limits.aliasLength)
        aliases += alias ? 1 : 0
        if (aliases > maxAliases) throw tooMany('TOO_MANY_ALIASES', 'aliases', maxAliases)
      },
      [Kind.DIRECTIVE]: () => {
        if (++directives > limits.directives)
          throw tooMany('TOO_MANY_DIRECTIVES', 'directives', limits.directives)
      },
    })
    return document
  }
}

/**
 * Whether a text has more tokens than the limit. Reads no further than that; false for text with a lexical
 * error.
 */
function hasMoreTokens(text: string, limit: number): boolean {
  const lexer = new Lexer(new Source(text))
  try {
    for (let count = 0; count <= limit; count++) if (lexer.advance().kind === TokenKind.EOF) return false
    return true
  } catch {
    return false
  }
}

function tooLong(limit: number): GraphQLError {
  const message = `The document has an alias that is too long; at most ${limit} characters are allowed`
  return refusal(new QueryLimitError('ALIAS_TOO_LONG', limit, message))
}

type Parse = (source: unknown, options: object) => DocumentNode

function tooMany(code: string, what: string, limit: number): GraphQLError {
  return refusal(
    new QueryLimitError(code, limit, `The document has too many ${what}; at most ${limit} are allowed`),
  )
}
