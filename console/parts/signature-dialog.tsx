/**
 * A signature: what is signed in one sentence, its meaning, and a fresh sign-in in a window of the issuer's own. The password never comes
 * near this page; that the sign-in is fresh is checked by the API.
 */
import { useState } from 'preact/hooks';
import { messageOf } from '../api/client.ts';
import { signInBeside } from '../session/session.ts';
import { personName } from '../state/person.ts';
import { type Key, t } from '../words/words.ts';
import { Dialog } from './dialog.tsx';

const MEANINGS = ['review', 'responsibility'] as const;

export function SignatureDialog({
  what,
  sign,
  close,
  title = t('sign.title'),
}: {
  readonly what: string;
  readonly sign: (meaning: string) => void;
  readonly close: () => void;
  readonly title?: string;
}) {
  const [meaning, setMeaning] = useState<(typeof MEANINGS)[number]>('review');
  const [problem, setProblem] = useState('');
  const [isWaiting, setWaiting] = useState(false);
  const start = async () => {
    if (isWaiting) return;
    setProblem('');
    setWaiting(true);
    try {
      if (await signInBeside(true)) {
        close();
        sign(meaning);
      } else setProblem(t('session.blocked'));
    } catch (error) {
      setProblem(messageOf(error));
    }
    setWaiting(false);
  };
  return (
    <Dialog title={title} onClose={close}>
      <p>{what}</p>
      <p class="muted">{t('sign.says', { who: personName.value })}</p>
      <div class="field">
        <label for="meaning">{t('sign.meaning')}</label>
        <select
          id="meaning"
          value={meaning}
          onChange={({ currentTarget }) =>
            setMeaning(MEANINGS.find((one) => one === currentTarget.value) ?? 'review')
          }
        >
          {MEANINGS.map((one) => (
            <option key={one} value={one}>
              {t(`sign.meaning.${one}` as Key)}
            </option>
          ))}
        </select>
      </div>
      {problem !== '' && (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      {isWaiting && <p class="muted">{t('sign.waiting')}</p>}
      <div class="buttons">
        <button type="button" onClick={close}>
          {t('cancel')}
        </button>
        <button type="button" class="primary" aria-disabled={isWaiting} onClick={() => void start()}>
          {t('sign.start')}
        </button>
      </div>
    </Dialog>
  );
}
