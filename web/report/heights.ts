/** As the style sheet has them, in pixels: what is guessed before anything is drawn. */
export const HEIGHTS = { line: 20, head: 34, hunk: 28 }
