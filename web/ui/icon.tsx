/** Icons as inline SVG, in the colour of the text. Each stands beside a text, or in a control with a name. */

const PATHS = {
  split: 'M2.5 3.5h11v9h-11zM8 3.5v9',
  wrap: 'M2.5 4.5h11M2.5 8h9a2 2 0 0 1 0 4.500h-3m1.500-1.800-1.800 1.800 1.800 1.800M2.5 12.500h3',
  tree: 'M3 3.500h5M5 3.500v9h3M5 8h3M10 8h3M10 12.500h3',
  up: 'M8 13V3.500M4 7.500l4-4 4 4',
  down: 'M8 3v9.500M4 8.500l4 4 4-4',
  left: 'M10 3.500 5.500 8l4.500 4.500',
  right: 'M6 3.500 10.500 8 6 12.500',
  open: 'M4 6.500l4 4 4-4',
  closed: 'M6.500 4l4 4-4 4',
  check: 'M3 8.500l3.500 3.500L13 4.500',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  link: 'M9.500 3h3.500v3.500M13 3 7.500 8.500M11.500 9.500v3.500h-8.500v-8.500H6.500',
  theme: 'M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11',
  bad: 'M5.500 2.500h5l3 3v5l-3 3h-5l-3-3v-5zM8 5v3.500M8 10.800v.1',
  verify: 'M8 2.500 14 13H2zM8 6.500v3M8 11.300v.1',
  info: 'M8 2.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11M8 7.500v3.200M8 5.200v.1',
  code: 'M5.500 4.500 2 8l3.500 3.500M10.500 4.500 14 8l-3.500 3.500',
  package: 'M8 2l5.500 3v6L8 14l-5.500-3V5zM2.500 5 8 8l5.500-3M8 8v6',
  help: 'M5.500 6a2.500 2.500 0 1 1 3.500 2.300c-.8.400-1 .7-1 1.700M8 12.500v.1',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
