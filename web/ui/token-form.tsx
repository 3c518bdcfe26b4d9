import { rememberToken, token } from '../api/token.ts'

/** The service asks who starts work for its token; where one was given, it was not the right one. */
export function TokenForm({ given }: { given: () => void }) {
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault()
        rememberToken(String(new FormData(event.currentTarget).get('token')).trim())
        given()
      }}
    >
      <p>This service asks for a token of who starts or stops work. It is kept until the tab is closed.</p>
      {token() !== null && <p role="alert">The service did not accept the token that was given.</p>}
      <label>
        <span>Token</span>
        <input name="token" type="password" required autocomplete="off" />
      </label>
      <button type="submit">Go on</button>
    </form>
  )
}
