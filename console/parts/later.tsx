/** Pages of the second script: see pages/more.ts. */
import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
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

type Pages = {
  readonly [Name in keyof More as Parameters<More[Name]> extends [] ? Name : never]: More[Name];
};
type Parts = Omit<More, keyof Pages>;

/** Null: not there yet. */
function useMore(): More | null {
  useEffect(() => {
    load().catch((error: unknown) => {
      failed.value = error;
    });
  }, []);
  return more.value;
}

/** A part of a page, such as a dialogue: nothing until it is there. */
export function laterPart<Name extends keyof Parts>(name: Name) {
  return function LaterPart(props: Parameters<Parts[Name]>[0]) {
    const parts = useMore();
    if (parts !== null) {
      const Part = parts[name] as unknown as FunctionComponent<object>;
      return <Part {...props} />;
    }
    return failed.value === null ? null : <Failed />;
  };
}

export function later(name: keyof Pages) {
  return function Later() {
    const pages = useMore();
    const isThere = pages !== null;
    const wasThere = useRef(isThere);
    // There was no head to begin at when the address changed.
    useEffect(() => {
      if (isThere && !wasThere.current) document.querySelector<HTMLElement>('main h1')?.focus();
    }, [isThere]);
    if (pages !== null) {
      const Page = pages[name];
      return <Page />;
    }
    if (failed.value !== null) return <Failed />;
    return <Loading what={t('loading')} />;
  };
}

/** A browser may remember that a script failed, and after an upgrade it has another name: only the page anew asks for it. */
function Failed() {
  return <Failure error={failed.value} what={t('list.failed')} retry={() => location.reload()} />;
}

/** A failure is for the page that needs them. */
export function loadLater(): () => void {
  const timer = setTimeout(() => void load().catch(() => undefined), IDLE_MS);
  return () => clearTimeout(timer);
}
