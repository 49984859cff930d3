import { announcements } from '../model/announcements.js';

/** Reads out who comes and goes. */
export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {announcements.value.join(' ')}
    </div>
  );
}
