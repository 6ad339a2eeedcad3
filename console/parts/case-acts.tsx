/** What else can be done with a case: give it up, take it for good, pass it on, put it off. */
import { useState } from 'preact/hooks';
import { messageOf } from '../api/client.ts';
import { actOnCase, type CaseAct } from '../state/case-acts.ts';
import type { CaseDetail } from '../state/case-list.ts';
import { mentionsIn } from '../state/mentions.ts';
import { known } from '../state/person.ts';
import { t } from '../words/words.ts';
import { Dialog } from './dialog.tsx';
import { showToast } from './live.tsx';
import { SpeakTo } from './speak-to.tsx';
import { Time } from './time.tsx';

type Asked = Extract<CaseAct, 'escalate' | 'snooze' | 'reopen'>;
const MIN_REASON = 3;

export function CaseActs({ detail, reload }: { readonly detail: CaseDetail; readonly reload: () => void }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [problem, setProblem] = useState('');
  const { hold, assignee, status } = detail;
  const own = known.value?.person.sub ?? '';
  const act = (name: CaseAct, body: Readonly<Record<string, unknown>> = {}) => {
    setProblem('');
    actOnCase(detail, name, body).then(
      () => {
        showToast(t(`case.act.${name}.done`));
        reload();
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  return (
    <div class="acts">
      <p class="small muted">
        {hold === null ? (
          t('hold.none')
        ) : (
          <>
            {t('hold.own')} <Time at={hold.until} as="clock" />. {t('hold.own.says')}
          </>
        )}
      </p>
      <div class="tools">
        {hold === null ? (
          <button type="button" onClick={() => act('claim')}>
            {t('case.act.claim')}
          </button>
        ) : (
          <button type="button" onClick={() => act('release')}>
            {t('case.act.release')}
          </button>
        )}
        <button type="button" onClick={() => act('assign', { assignee: assignee === own ? null : own })}>
          {t(assignee === own ? 'case.act.unassign' : 'case.act.assign')}
        </button>
        {status === 'escalated' || status === 'snoozed' ? (
          <button type="button" onClick={() => setAsked('reopen')}>
            {t('case.act.reopen')}…
          </button>
        ) : (
          <>
            <button type="button" onClick={() => setAsked('escalate')}>
              {t('case.act.escalate')}…
            </button>
            <button type="button" onClick={() => setAsked('snooze')}>
              {t('case.act.snooze')}…
            </button>
          </>
        )}
      </div>
      {problem !== '' && (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      {asked !== null && (
        <AskReason
          kind={asked}
          close={() => setAsked(null)}
          act={(body) => {
            setAsked(null);
            act(asked, body);
          }}
        />
      )}
    </div>
  );
}

function AskReason({
  kind,
  act,
  close,
}: {
  readonly kind: Asked;
  readonly act: (body: Readonly<Record<string, unknown>>) => void;
  readonly close: () => void;
}) {
  const [reason, setReason] = useState('');
  const [days, setDays] = useState(3);
  const [problem, setProblem] = useState('');
  return (
    <Dialog title={t(`case.act.${kind}.title`)} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim().length < MIN_REASON) return setProblem(t('reason.short'));
          const until = new Date(Date.now() + days * 86_400_000).toISOString();
          act({ reason: reason.trim(), ...mentionsIn(reason), ...(kind === 'snooze' && { until }) });
        }}
      >
        <p class="muted">{t(`case.act.${kind}.says`)}</p>
        {kind === 'snooze' && (
          <div class="field">
            <label for="days">{t('case.snooze.days')}</label>
            <input
              id="days"
              type="number"
              min={1}
              max={365}
              value={days}
              onInput={({ currentTarget }) => setDays(Math.max(1, Number(currentTarget.value)))}
            />
          </div>
        )}
        <div class="field">
          <label for="why-act">{t('reason')}</label>
          <textarea
            id="why-act"
            rows={3}
            maxLength={2000}
            value={reason}
            aria-invalid={problem !== ''}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
          <SpeakTo area="why-act" text={reason} />
          {problem !== '' && (
            <p class="error" role="alert">
              {problem}
            </p>
          )}
        </div>
        <div class="buttons">
          <button type="button" onClick={close}>
            {t('cancel')}
          </button>
          <button type="submit" class="primary">
            {t(`case.act.${kind}`)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
