/** The token that a service may ask for of who starts work. It is kept as long as the tab is open. */
const KEY = 'differ-token'

export function token(): string | null {
  return sessionStorage.getItem(KEY)
}

export function rememberToken(text: string): void {
  if (text === '') sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, text)
}
