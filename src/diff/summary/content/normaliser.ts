import type { NoiseClass } from '../types.ts'
import type { FileContext, SideContext } from './content.ts'

/**
 * One way in which a class of noise shows in text: where it may be, and how to take it out. What is equal afterwards on both sides differs by
 * noise only. A normaliser must not take out more than its class explains: where in doubt it leaves the text alone.
 */
export interface TextNormaliser {
  readonly class: NoiseClass
  /** Whether this class can occur in a file, by its path and kind. */
  readonly appliesTo: (file: FileContext) => boolean
  /**
   * The text without what the class explains. It must keep the number of lines, unless the class is about whole lines.
   * @param side the side that the text is of; `other` is the opposite one
   */
  readonly normalise: (text: string, side: SideContext, other: SideContext, file: FileContext) => string
}

/** Stands for what a normaliser took out: a character that text does not have. */
export const hole = (name: NoiseClass): string => `\u0000${name}\u0000`
