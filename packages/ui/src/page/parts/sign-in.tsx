import { useState } from 'preact/hooks';

import { connectionProblem } from '../model/cluster.js';
import { signIn } from '../model/connection.js';
import { token } from '../model/node-api.js';

export function SignIn() {
  const [value, setValue] = useState('');
  return (
    <section class="sign-in" aria-labelledby="sign-in">
      <h2 id="sign-in">Sign in</h2>
      <p>This node asks for a token, one of those under access.tokens in its configuration.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (value.trim() !== '') signIn(value.trim());
        }}
      >
        <div class="field">
          <label for="token">Token</label>
          <input
            id="token"
            type="password"
            name="token"
            autocomplete="off"
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </div>
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
      {token.value !== '' && (
        <p class="outcome is-failure" role="alert">
          Not let in: {connectionProblem.value}.
        </p>
      )}
      <p class="note">It is kept for this tab alone, until the tab is closed.</p>
    </section>
  );
}
