import { rememberToken, token } from '../api/token.ts'

/** Asks for the token of the service. If there is one already, the service has rejected it. */
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
      <p>A token is needed to start or cancel jobs. It is forgotten when you close this tab.</p>
      {token() !== null && <p role="alert">The service did not accept this token.</p>}
      <label>
        <span>Token</span>
        <input name="token" type="password" required autocomplete="off" />
      </label>
      <button type="submit">Continue</button>
    </form>
  )
}
