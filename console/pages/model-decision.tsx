/** Approving, rejecting and rolling back: each with a reason, and with what it means said before it is done. */
import { useRef, useState } from 'preact/hooks';
import type { z } from 'zod';
import type { ReviewRules } from '../../lib/api/case-schemas.ts';
import { get, messageOf, post } from '../api/client.ts';
import { Dialog } from '../parts/dialog.tsx';
import { showToast } from '../parts/live.tsx';
import { SignatureDialog } from '../parts/signature-dialog.tsx';
import { address } from '../state/address.ts';
import type { Version } from '../state/models.ts';
import { may } from '../state/person.ts';
import { useLoad } from '../state/use-load.ts';
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
  const decide = async (reason: string, key: string, signature: object) => {
    await post(`/v1/models/${domain}/${version}/approvals`, { decision: asked, reason, ...signature }, key);
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
  const act = async (reason: string, key: string, signature: object) => {
    await post(`/v1/models/${domain}/rollback`, { reason, to: version, ...signature }, key);
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
  readonly act: (reason: string, key: string, signature: object) => Promise<void>;
  readonly close: () => void;
}) {
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState('');
  const [isSaving, setSaving] = useState(false);
  // Sent again after an error, it is still the same act.
  const key = useRef(crypto.randomUUID());
  const [isSigning, setSigning] = useState(false);
  const { domain } = address.value;
  const rules = useLoad(`review rules ${domain}`, (signal) =>
    get<z.output<typeof ReviewRules>>('/v1/review-rules', { domain: domain! }, signal),
  );
  const isSigned = rules.value?.signature === 'required';
  const save = (event: Event) => {
    event.preventDefault();
    if (isSaving || rules.value === null) return;
    if (reason.trim().length < MIN_REASON) return setProblem(t('reason.short'));
    if (isSigned) setSigning(true);
    else void send({});
  };
  const send = async (signature: object) => {
    setSaving(true);
    try {
      await act(reason.trim(), key.current, signature);
      close();
    } catch (error) {
      setProblem(messageOf(error));
      setSaving(false);
    }
  };
  return (
    <Dialog title={t(`model.${kind}.title`, { version })} onClose={close}>
      <form onSubmit={save}>
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
            {isSigned && '…'}
          </button>
        </div>
      </form>
      {isSigning && (
        <SignatureDialog
          title={t('sign.act.title')}
          what={t(`model.${kind}.title`, { version })}
          sign={(meaning) => void send({ signature: { meaning } })}
          close={() => setSigning(false)}
        />
      )}
    </Dialog>
  );
}
