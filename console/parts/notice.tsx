/** What went wrong, or what is missing, where it belongs on the page: never as a toast. */
import type { ComponentChildren } from 'preact';
import { ApiError, messageOf, offline, Unreachable } from '../api/client.ts';
import { t } from '../words/words.ts';

export function Notice({
  alarm = false,
  children,
  action,
}: {
  readonly alarm?: boolean;
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}) {
  return (
    <div class={alarm ? 'notice alarm' : 'notice'} role={alarm ? 'alert' : 'status'}>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** An answer that is an error: what the API says of it, what to name when asking for help, and another try. */
export function Failure({
  error,
  what,
  retry,
}: {
  readonly error: unknown;
  readonly what: string;
  readonly retry?: () => void;
}) {
  const id = error instanceof ApiError ? error.requestId : null;
  const said = error instanceof Unreachable ? t('offline.lists') : messageOf(error);
  return (
    <Notice
      alarm
      action={
        <span class="tools">
          {id !== null && (
            <button type="button" onClick={() => void navigator.clipboard.writeText(id)}>
              {t('copy')}
            </button>
          )}
          {retry !== undefined && (
            <button type="button" class="primary" onClick={retry}>
              {t('again')}
            </button>
          )}
        </span>
      }
    >
      <b>{what}</b> {said}{' '}
      {id !== null && (
        <>
          {t('support')} <span class="code">{id}</span>
        </>
      )}
    </Notice>
  );
}

export function OfflineLine() {
  if (!offline.value) return null;
  return (
    <Notice>
      <b>{t('offline')}</b> {t('offline.lists')}
    </Notice>
  );
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="strong">{title}</p>
      {children}
    </div>
  );
}

/** Says what is loading to who cannot see the flat blocks, which come after a while only. */
export function Loading({ what, lines = 6 }: { readonly what: string; readonly lines?: number }) {
  return (
    <div class="loading" aria-busy="true">
      <p class="vh" role="status">
        {what}
      </p>
      {Array.from({ length: lines }, (_, at) => (
        <span key={at} class={at % 2 === 0 ? 'sk' : 'sk short'} aria-hidden="true" />
      ))}
    </div>
  );
}
