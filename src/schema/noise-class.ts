import { ALL, ALL_NOISE, NOISE_CLASSES } from '../diff/summary/noise-classes.ts'
import { builder } from './builder.ts'

export const NoiseClassType = builder.enumType('NoiseClass', {
  description: 'Classes of noise: differences that every rebuild causes. docs/rules.md describes them.',
  values: {
    [ALL]: { description: 'All classes.' },
    ...Object.fromEntries(ALL_NOISE.map((name) => [name, { description: NOISE_CLASSES[name] ?? '' }])),
  },
})

/** Of the arguments `hide`. */
export const HIDE_DESCRIPTION =
  "Hides what these classes of noise explain as a whole, according to the pair's summary, which must be cached: " +
  '`makeDiffs` makes it with the diff. Nothing is rewritten, and what is not explained stays. Default: hides nothing.'
