/** What a screen reader says of changes, and the one toast that there may be. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../words/words.ts';

interface Toast {
  readonly text: string;
  readonly undo: (() => void) | null;
}

const polite = signal('');
const assertive = signal('');
export const toast = signal<Toast | null>(null);
const STAYS_MS = 10_000;

export function say(text: string): void {
  // The same words twice are read only if the region was empty between.
  polite.value = '';
  queueMicrotask(() => {
    polite.value = text;
  });
}

export function alarm(text: string): void {
  assertive.value = '';
  queueMicrotask(() => {
    assertive.value = text;
  });
}

export function showToast(text: string, undo: (() => void) | null = null): void {
  toast.value = { text, undo };
  say(text);
}

export function Live() {
  return (
    <>
      <p class="vh" aria-live="polite">
        {polite.value}
      </p>
      <p class="vh" aria-live="assertive">
        {assertive.value}
      </p>
      <ToastLine />
    </>
  );
}

/** Closes by itself, but not while someone is at it. */
function ToastLine() {
  const shown = toast.value;
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (shown === null || held) return;
    const timer = setTimeout(() => {
      if (toast.value === shown) toast.value = null;
    }, STAYS_MS);
    return () => clearTimeout(timer);
  }, [shown, held]);
  if (shown === null) return null;
  const { text, undo } = shown;
  return (
    <div
      class="toast"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocusIn={() => setHeld(true)}
      onFocusOut={() => setHeld(false)}
    >
      <span>{text}</span>
      {undo !== null && (
        <button type="button" onClick={undo}>
          {t('undo')} <kbd>U</kbd>
        </button>
      )}
      <button type="button" aria-label={t('close')} onClick={() => (toast.value = null)}>
        ✕
      </button>
    </div>
  );
}
