/** The session ended in the middle of work: a sign-in beside the page, which keeps everything that was typed. */
import { useState } from 'preact/hooks';
import { messageOf } from '../api/client.ts';
import { ended, signInBeside } from '../session/session.ts';
import { t } from '../words/words.ts';
import { Dialog } from './dialog.tsx';

export function SessionDialog() {
  const [problem, setProblem] = useState('');
  if (!ended.value) return null;
  const start = async () => {
    setProblem('');
    try {
      if (!(await signInBeside(false))) setProblem(t('session.blocked'));
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Dialog title={t('session.ended')} onClose={null}>
      <p class="muted">{t('session.kept')}</p>
      {problem !== '' && <p class="error">{problem}</p>}
      <div class="buttons">
        <button type="button" class="primary" onClick={() => void start()}>
          {t('sign-in')}
        </button>
      </div>
    </Dialog>
  );
}
