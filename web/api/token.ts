/** The token of a service that requires one to start work. It is stored until the tab is closed. */
const KEY = 'differ-token'

export function token(): string | null {
  return sessionStorage.getItem(KEY)
}

export function rememberToken(text: string): void {
  if (text === '') sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, text)
}
