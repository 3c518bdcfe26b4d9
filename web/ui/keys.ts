/** Keyboard shortcuts. Each view registers its own; the help sheet lists those that work at the moment. */
import { useLayoutEffect, useRef } from 'preact/hooks'

export interface KeyBinding {
  /** A value of `KeyboardEvent.key`: `n`, `?`, `ArrowDown`. */
  readonly key: string
  readonly shift?: boolean
  /** Its text in the help sheet. Without one it is not listed. */
  readonly help?: string
  readonly run: () => void
}

export interface KeyGroup {
  readonly title: string
  readonly bindings: readonly KeyBinding[]
}

/** In the order of registration. A later group overrides an earlier one. */
const groups: { readonly title: string; bindings: readonly KeyBinding[] }[] = []

/** The groups that the help sheet lists. */
export function keyGroups(): readonly KeyGroup[] {
  return groups.filter(({ bindings }) => bindings.some(({ help }) => help))
}

/** Registers shortcuts while the component is mounted. They do not work in text fields. */
export function useKeys(title: string, bindings: readonly KeyBinding[]): void {
  const group = useRef({ title, bindings })
  group.current.bindings = bindings
  // Before the view is painted: who sees it can use its keys.
  useLayoutEffect(() => {
    const registered = group.current
    groups.push(registered)
    return () => void groups.splice(groups.indexOf(registered), 1)
  }, [])
}

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTextField(event.target))
      return
    if (document.querySelector('dialog[open]')) return
    for (const { bindings } of [...groups].reverse()) {
      const bound = bindings.find(
        ({ key, shift }) => key === event.key && (shift === undefined || shift === event.shiftKey),
      )
      if (!bound) continue
      event.preventDefault()
      return bound.run()
    }
  })
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}
