/** What a document may hold, judged before anything is done with it. */
import { type DocumentNode, type GraphQLError, Kind, Lexer, Source, TokenKind, visit } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { QueryLimitError } from '../errors.ts'
import { refusal } from './present-error.ts'

export interface DocumentLimits {
  /** Names, values and signs. Two documents of as many take about as long to parse and validate. */
  readonly tokens: number
  /** Fields under another name: each is executed for itself. */
  readonly aliases: number
  readonly directives: number
}

/**
 * Parses within limits. The document is judged here, not by a rule of validation: some rules of the specification take time that grows with the
 * square of what is counted here.
 */
export function documentLimits(limits: DocumentLimits): Plugin {
  return {
    onParse: ({ parseFn, setParseFn }) =>
      setParseFn((source: unknown, options?: object) => judged(parseBounded(parseFn, source, options))),
  }

  function parseBounded(parse: Parse, source: unknown, options?: object): DocumentNode {
    try {
      return parse(source, { ...options, maxTokens: limits.tokens })
    } catch (error) {
      // The library throws a syntax error like any other where there are too many.
      if (hasMoreTokens(String(source), limits.tokens))
        throw tooMany('TOO_MANY_TOKENS', 'tokens', limits.tokens)
      throw error
    }
  }

  function judged(document: DocumentNode): DocumentNode {
    let aliases = 0
    let directives = 0
    visit(document, {
      [Kind.FIELD]: ({ alias }) => {
        if (alias && ++aliases > limits.aliases) throw tooMany('TOO_MANY_ALIASES', 'aliases', limits.aliases)
      },
      [Kind.DIRECTIVE]: () => {
        if (++directives > limits.directives)
          throw tooMany('TOO_MANY_DIRECTIVES', 'directives', limits.directives)
      },
    })
    return document
  }
}

/** Reads no further than needed; what cannot be read has no more. */
function hasMoreTokens(text: string, limit: number): boolean {
  const lexer = new Lexer(new Source(text))
  try {
    for (let count = 0; count <= limit; count++) if (lexer.advance().kind === TokenKind.EOF) return false
    return true
  } catch {
    return false
  }
}

type Parse = (source: unknown, options: object) => DocumentNode

function tooMany(code: string, what: string, limit: number): GraphQLError {
  return refusal(
    new QueryLimitError(code, limit, `The document has too many ${what}; at most ${limit} are allowed`),
  )
}
