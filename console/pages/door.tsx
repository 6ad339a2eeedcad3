/** The way in and the way out. The password, a second factor and a first sign-in are asked for by the issuer's own page. */
import { signIn } from '../session/enter.ts';

export function Door({
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
      <p class="muted">{text}</p>
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
