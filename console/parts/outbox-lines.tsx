/** Verdicts that wait, and the one that was refused: on whatever page the officer is by then. */
import { offline } from '../api/client.ts';
import { address, caseHref } from '../state/address.ts';
import { pending, refused } from '../state/outbox.ts';
import { t } from '../words/words.ts';
import { Notice } from './notice.tsx';

export function WaitingLine() {
  const waiting = pending.value.length;
  if (waiting === 0 || !offline.value) return null;
  return <Notice>{t('waiting.verdicts', { n: waiting })}</Notice>;
}

export function RefusedLine() {
  const found = refused.value;
  if (found === null) return null;
  const { caseId, name, detail } = found;
  const { domain } = address.value;
  const close = () => {
    refused.value = null;
  };
  return (
    <Notice
      alarm
      action={
        <span class="tools">
          {domain !== null && (
            <a class="button primary" href={caseHref(domain, caseId)} onClick={close}>
              {t('refused.open')}
            </a>
          )}
          <button type="button" onClick={close}>
            {t('close')}
          </button>
        </span>
      }
    >
      <b>
        <bdi>{t('refused', { name })}</bdi>
      </b>{' '}
      {detail} {t('refused.kept')}
    </Notice>
  );
}
