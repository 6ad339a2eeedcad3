/** Approving, rejecting and rolling back: each with a reason, and with what it means said before it is done. */
import { useRef, useState } from 'preact/hooks';
import { post } from '../api/client.ts';
import { Dialog } from '../parts/dialog.tsx';
import { showToast } from '../parts/live.tsx';
import type { Version } from '../state/models.ts';
import { may } from '../state/person.ts';
import { t } from '../words/words.ts';

type Kind = 'approve' | 'reject' | 'rollback';

const MIN_REASON = 3;

export function Decision({
  version: { version, state },
  domain,
  done,
}: {
  readonly version: Version;
  readonly domain: string;
  readonly done: () => void;
}) {
  const [asked, setAsked] = useState<Kind | null>(null);
  if (state !== 'candidate' || !may('approve')) return null;
  const decide = async (reason: string, key: string) => {
    await post(`/v1/models/${domain}/${version}/approvals`, { decision: asked, reason }, key);
    showToast(t(asked === 'approve' ? 'model.approved.toast' : 'model.rejected.toast', { version }));
    done();
  };
  return (
    <div class="tools">
      <button type="button" onClick={() => setAsked('reject')}>
        {t('model.reject')}…
      </button>
      <button type="button" class="primary" onClick={() => setAsked('approve')}>
        {t('model.approve')}…
      </button>
      {asked !== null && (
        <ReasonDialog kind={asked} version={version} act={decide} close={() => setAsked(null)} />
      )}
    </div>
  );
}

export function RollBack({
  domain,
  version,
  done,
}: {
  readonly domain: string;
  readonly version: string;
  readonly done: () => void;
}) {
  const [isAsked, setAsked] = useState(false);
  if (!may('roll_back')) return null;
  const act = async (reason: string, key: string) => {
    await post(`/v1/models/${domain}/rollback`, { reason, to: version }, key);
    showToast(t('model.rollback.toast', { version }));
    done();
  };
  return (
    <>
      <button type="button" onClick={() => setAsked(true)}>
        {t('model.rollback')}…
      </button>
      {isAsked && <ReasonDialog kind="rollback" version={version} act={act} close={() => setAsked(false)} />}
    </>
  );
}

function ReasonDialog({
  kind,
  version,
  act,
  close,
}: {
  readonly kind: Kind;
  readonly version: string;
  readonly act: (reason: string, key: string) => Promise<void>;
  readonly close: () => void;
}) {
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState('');
  const [isSaving, setSaving] = useState(false);
  // Sent again after an error, it is still the same act.
  const key = useRef(crypto.randomUUID());
  const save = async (event: Event) => {
    event.preventDefault();
    if (isSaving) return;
    if (reason.trim().length < MIN_REASON) return setProblem(t('reason.short'));
    setSaving(true);
    try {
      await act(reason.trim(), key.current);
      close();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSaving(false);
    }
  };
  return (
    <Dialog title={t(`model.${kind}.title`, { version })} onClose={close}>
      <form onSubmit={(event) => void save(event)}>
        <p class="muted">{t(`model.${kind}.means`)}</p>
        <div class="field">
          <label for="reason">{t('reason')}</label>
          <textarea
            id="reason"
            rows={3}
            maxLength={2000}
            value={reason}
            aria-invalid={problem !== ''}
            aria-describedby={problem === '' ? undefined : 'reason-problem'}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
          {problem !== '' && (
            <p id="reason-problem" class="error" role="alert">
              {problem}
            </p>
          )}
        </div>
        <div class="buttons">
          <button type="button" onClick={close}>
            {t('cancel')}
          </button>
          <button type="submit" class="primary" aria-disabled={isSaving}>
            {isSaving ? t('saving') : t(`model.${kind}`)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
