import { type Connection, connection, session } from '../model/cluster.js';
import { signIn } from '../model/connection.js';
import { token } from '../model/node-api.js';
import { nextTheme, type Theme, theme } from '../model/theme.js';

const CONNECTIONS: Readonly<Record<Connection, string>> = {
  waiting: 'connecting',
  open: 'live',
  lost: 'reconnecting',
  refused: 'signed out',
};
const THEMES: Readonly<Record<Theme, string>> = { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' };

export function Header() {
  const { value: who } = session;
  return (
    <header>
      <h1>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16 4a12 12 0 0 1 10.4 6" />
          <path d="M27.9 14.5A12 12 0 0 1 18 27.8" opacity=".65" />
          <path d="M13.5 27.7A12 12 0 0 1 11.2 5" opacity=".4" />
        </svg>
        ringcache
      </h1>
      {who !== undefined && <p class="self">seen from {who.self}</p>}
      <p class={`connection is-${connection.value}`}>
        <span class="mark" aria-hidden="true" />
        {CONNECTIONS[connection.value]}
      </p>
      <button type="button" class="quiet" onClick={nextTheme}>
        {THEMES[theme.value]}
      </button>
      {token.value !== '' && (
        <button type="button" class="quiet" onClick={() => signIn('')}>
          Sign out
        </button>
      )}
    </header>
  );
}
