/** The way in and the way out. The password, a second factor and a first sign-in are asked for by the issuer's own page. */
import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../api/client.ts';
import { finishSignIn, handBack, signIn } from '../session/session.ts';
import { address, go } from '../state/address.ts';
import { t } from '../words/words.ts';

type Way = 'leaving' | 'beside' | { readonly problem: string };

/** Sends anyone who has no session to the issuer, and takes back who comes from there. */
export function SignIn() {
  const [way, setWay] = useState<Way>('leaving');
  useEffect(() => {
    begin().then(setWay, (error: unknown) => setWay({ problem: messageOf(error) }));
  }, []);
  if (way === 'beside') return <Door title={t('sign-in.done')} text={t('sign-in.close')} />;
  if (way === 'leaving') return <Door title={t('sign-in.going')} text="" />;
  return <Door title={t('sign-in.failed')} text={way.problem} action={t('again')} />;
}

export function SignedOut() {
  return <Door title={t('signed-out')} text={t('signed-out.text')} action={t('sign-in')} />;
}

async function begin(): Promise<Way> {
  const { page, query } = address.value;
  if (page !== 'sign-in') {
    await signIn(`${location.pathname}${location.search}`);
    return 'leaving';
  }
  if (query.size === 0) {
    await signIn('/');
    return 'leaving';
  }
  if (handBack(query)) return 'beside';
  go(await finishSignIn(query), 'replace');
  return 'leaving';
}

function Door({
  title,
  text,
  action,
}: {
  readonly title: string;
  readonly text: string;
  readonly action?: string;
}) {
  return (
    <main id="main" class="door">
      <p class="brand">Assay</p>
      <h1>{title}</h1>
      {text !== '' && <p class="muted">{text}</p>}
      {action !== undefined && (
        <p>
          <button type="button" class="primary" onClick={() => void signIn('/')}>
            {action}
          </button>
        </p>
      )}
    </main>
  );
}
