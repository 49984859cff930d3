import { useEffect, useRef, useState } from 'preact/hooks';

import { groupNames, ring, session } from '../model/cluster.js';
import { selectedGroup, selectGroup } from '../model/groups.js';
import { clearGroup, deleteKey, found, getKey, got, isBusy, lookUp, outcome, wanted } from '../model/key-lookup.js';
import { visible } from '../model/preview.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { KeyAnswer } from './key-answer.js';
import { ValuePreview } from './value-preview.js';

const FRESH_MS = 3_000;
const TYPING_MS = 250; // after the last letter: then the members are asked

/** Finds a key in the cluster, and reads or deletes it. */
export function KeySection() {
  const { group, key } = wanted.value;
  useFreshness(key, ring.value?.view.fingerprint);
  return (
    <>
      <KeyForm />
      {outcome.value !== undefined && (
        <p class={outcome.value.isFailure ? 'outcome is-failure' : 'outcome'} role="status">
          {outcome.value.text}
        </p>
      )}
      {found.value === undefined && outcome.value === undefined && (
        <p class="empty">Type a key to see where on the ring it lies, who owns it, and who holds a value for it.</p>
      )}
      {found.value !== undefined && <KeyAnswer view={found.value} hasValue={got.value !== undefined} />}
      {got.value !== undefined && <ValuePreview got={got.value} />}
      <KeyActs group={group} hasKey={key !== '' && found.value !== undefined} />
    </>
  );
}

/** Asks again now and then, and when the ring has changed: times run, and keys move. */
function useFreshness(key: string, fingerprint: string | undefined) {
  useEffect(() => {
    if (key === '' || fingerprint === undefined) return;
    const again = () => {
      if (document.visibilityState === 'visible' && !isBusy.peek()) void lookUp(wanted.peek().group, key);
    };
    again();
    const timer = setInterval(again, FRESH_MS);
    return () => clearInterval(timer);
  }, [key, fingerprint]);
}

function KeyForm() {
  const group = selectedGroup.value;
  const [key, setKey] = useState('');
  const typing = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setKey(wanted.value.key), [wanted.value.key]); // chosen elsewhere, as among the hot keys
  useEffect(() => {
    if (group !== wanted.peek().group) void lookUp(group, key);
  }, [group]);
  const ask = (text: string) => {
    clearTimeout(typing.current);
    void lookUp(group, text);
  };
  return (
    <form
      class="key-form"
      onSubmit={(event) => {
        event.preventDefault();
        ask(key);
      }}
    >
      <div class="field">
        <label for="key-group">Group</label>
        <select id="key-group" name="group" value={group} onChange={(event) => selectGroup(event.currentTarget.value)}>
          {groupNames.value.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="field grows">
        <label for="key-text">Key</label>
        <input
          id="key-text"
          type="text"
          name="key"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={key}
          onInput={({ currentTarget: { value } }) => {
            setKey(value);
            clearTimeout(typing.current);
            typing.current = setTimeout(() => ask(value), TYPING_MS);
          }}
        />
      </div>
      <button type="submit">Look up</button>
    </form>
  );
}

function KeyActs({ group, hasKey }: { group: string; hasKey: boolean }) {
  const [asking, setAsking] = useState<'delete' | 'clear' | undefined>();
  const may = session.value?.groups.find(({ name }) => name === group);
  const name = visible(wanted.value.key);
  return (
    <>
      <div class="buttons">
        {hasKey && may?.read && (
          <button type="button" disabled={isBusy.value} onClick={() => void getKey()}>
            Get
          </button>
        )}
        {hasKey && may?.write && (
          <button type="button" class="danger" disabled={isBusy.value} onClick={() => setAsking('delete')}>
            Delete…
          </button>
        )}
        {may?.clear && (
          <button type="button" class="quiet" disabled={isBusy.value} onClick={() => setAsking('clear')}>
            Clear the group…
          </button>
        )}
      </div>
      {asking === 'delete' && (
        <ConfirmDialog
          title="Delete this key?"
          text={`${name} in ${group} is deleted on every member. The next get loads it from its origin, if there is one.`}
          act="Delete"
          onConfirm={() => void deleteKey()}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking === 'clear' && (
        <ConfirmDialog
          title={`Clear ${group}?`}
          text={`Every key of the group ${group} is deleted on every member. Until it is filled again, all that is asked for goes to its origin.`}
          act="Clear the group"
          onConfirm={() => void clearGroup(group)}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  );
}
