/** A short fact with a shape: what is bad is an octagon, what is to be verified a triangle, as on roads. */
import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'

const ICONS: Readonly<Record<string, IconName>> = {
  bad: 'bad',
  verify: 'verify',
  info: 'info',
  expected: 'check',
  package: 'package',
  code: 'code',
  undecided: 'help',
}

/** @param kind also the class, which has the colour */
export function Chip({ kind, children }: { kind: string; children: ComponentChildren }) {
  return (
    <span class={`chip ${kind}`}>
      <KindIcon of={kind} />
      <span>{children}</span>
    </span>
  )
}

/** The shape of a kind of change, if it has one. */
export function KindIcon({ of }: { of: string }) {
  const name = ICONS[of]
  return name ? <Icon name={name} /> : null
}
