/** Keys, and what they do: each view says which are its own, the help sheet shows those that work at the moment. */
import { useEffect, useRef } from 'preact/hooks'

export interface KeyBinding {
  /** As `KeyboardEvent.key` has it: `n`, `?`, `ArrowDown`. */
  readonly key: string
  readonly shift?: boolean
  /** For the help sheet; without it the key is not shown there. */
  readonly help?: string
  readonly run: () => void
}

/** Groups in the order in which they came; the last one has the first word. */
const groups: { readonly title: string; bindings: readonly KeyBinding[] }[] = []

export function keyGroups(): readonly { readonly title: string; readonly bindings: readonly KeyBinding[] }[] {
  return groups.filter(({ bindings }) => bindings.some(({ help }) => help))
}

/** While the view is there these keys work, but where somebody writes. */
export function useKeys(title: string, bindings: readonly KeyBinding[]): void {
  const group = useRef({ title, bindings })
  group.current.bindings = bindings
  useEffect(() => {
    groups.push(group.current)
    return () => void groups.splice(groups.indexOf(group.current), 1)
  }, [])
}

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target))
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

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}
