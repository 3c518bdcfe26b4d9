/** Scrolling and selecting lines that stand side by side. */

/** Long lines that are not wrapped move sideways by themselves; numbers and signs stay. */
export function followSideScroll(event: Event): void {
  const element = event.currentTarget as HTMLElement
  element.style.setProperty('--x', `${element.scrollLeft}px`)
}

/** A selection is of the side in which it begins. */
export function selectSide(event: PointerEvent): void {
  const half = (event.target as Element).closest('.half')
  const { classList } = event.currentTarget as Element
  classList.remove('select-old', 'select-new')
  if (half) classList.add(half.previousElementSibling ? 'select-new' : 'select-old')
}
