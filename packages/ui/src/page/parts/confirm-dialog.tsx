import { useEffect, useRef } from 'preact/hooks';

export interface ConfirmProps {
  title: string;
  text: string;
  /** What the button says that does it. */
  act: string;
  onConfirm: () => void;
  /** However it is closed. */
  onClose: () => void;
}

/** Asks before what cannot be undone. The browser keeps the focus inside, and Escape closes it. */
export function ConfirmDialog({ title, text, act, onConfirm, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" aria-describedby="confirm-text" onClose={onClose}>
      <h2 id="confirm-title">{title}</h2>
      <p id="confirm-text">{text}</p>
      <div class="buttons">
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            dialog.current?.close();
            onConfirm();
          }}
        >
          {act}
        </button>
      </div>
    </dialog>
  );
}
