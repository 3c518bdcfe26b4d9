/**
 * The version of the rules and classes of noise. It is part of a summary's key, so raising it makes every summary anew. Raise it whenever a summary
 * would say something else.
 */
export const RULES_VERSION = '10'
