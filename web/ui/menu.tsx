import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** A button that opens a box. A click outside and Esc close it. */
export function Menu({
  label,
  title,
  class: className = '',
  children,
}: {
  label: ComponentChildren
  title?: string
  class?: string
  children: ComponentChildren
}) {
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: Event) => {
      if (details.current && !details.current.contains(event.target as Node)) details.current.open = false
    }
    addEventListener('pointerdown', close)
    return () => removeEventListener('pointerdown', close)
  }, [])
  const keyPressed = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !details.current?.open) return
    event.stopPropagation()
    details.current.open = false
    details.current.querySelector('summary')?.focus()
  }
  return (
    <details ref={details} class={`menu ${className}`} onKeyDown={keyPressed}>
      <summary title={title}>{label}</summary>
      <div class="menu-box">{children}</div>
    </details>
  )
}
