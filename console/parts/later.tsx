/** Pages of the second script: see pages/more.ts. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { loadMoreWords, t } from '../words/words.ts';
import { Failure, Loading } from './notice.tsx';

type More = typeof import('../pages/more.ts')['morePages'];

/** So long after the first page the others are loaded: they then open at once, and where the network is away, too. */
const IDLE_MS = 4_000;

const more = signal<More | null>(null);
const failed = signal<unknown>(null);

async function load(): Promise<void> {
  if (more.value !== null) return;
  const [{ morePages }] = await Promise.all([import('../pages/more.ts'), loadMoreWords()]);
  more.value = morePages;
}

export function later(name: keyof More) {
  return function Later() {
    useEffect(() => {
      load().catch((error: unknown) => {
        failed.value = error;
      });
    }, []);
    const isThere = more.value !== null;
    const wasThere = useRef(isThere);
    // There was no head to begin at when the address changed.
    useEffect(() => {
      if (isThere && !wasThere.current) document.querySelector<HTMLElement>('main h1')?.focus();
    }, [isThere]);
    if (more.value !== null) {
      const Page = more.value[name];
      return <Page />;
    }
    // A browser may remember that a script failed, and after an upgrade it has another name: only the page anew asks for it.
    if (failed.value !== null)
      return <Failure error={failed.value} what={t('list.failed')} retry={() => location.reload()} />;
    return <Loading what={t('loading')} />;
  };
}

/** A failure is for the page that needs them. */
export function loadLater(): () => void {
  const timer = setTimeout(() => void load().catch(() => undefined), IDLE_MS);
  return () => clearTimeout(timer);
}
