/** The heights in `style/report.css`, in pixels, for estimates before anything is drawn. */
export const HEIGHTS = { line: 20, head: 34, hunk: 28 }
