/** Which page is shown, and what is always there. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { CasePage } from './pages/case.tsx';
import { Queue } from './pages/queue.tsx';
import { later, laterPart, loadLater } from './parts/later.tsx';
import { Live, toast } from './parts/live.tsx';
import { Empty, Failure, OfflineLine } from './parts/notice.tsx';
import { RefusedLine, WaitingLine } from './parts/outbox-lines.tsx';
import { SessionDialog } from './parts/session-dialog.tsx';
import { Shell } from './parts/shell.tsx';
import { StoppedLine } from './parts/stopped-line.tsx';
import { address, go } from './state/address.ts';
import { readCase } from './state/case-list.ts';
import { helpOpen } from './state/help.ts';
import { onKeys } from './state/listen-keys.ts';
import { loadTexts } from './state/pack-texts.ts';
import { domains, known, meet } from './state/person.ts';
import { language, t } from './words/words.ts';

const Help = laterPart('help');

export function App() {
  const [error, setError] = useState<unknown>(null);
  const enter = () => {
    setError(null);
    // Beside who is here: what the page then finds is under way.
    const { page, id } = address.value;
    if (page === 'cases' && id !== null) void readCase(id).catch(() => undefined);
    meet().catch(setError);
  };
  useEffect(enter, []);
  useEffect(
    () =>
      onKeys(({ kind }) => {
        if (kind === 'help') helpOpen.value = true;
        else if (kind === 'undo') toast.value?.undo?.();
        else return false;
        return true;
      }),
    [],
  );
  const isKnown = known.value !== null;
  const { domain, page, id } = address.value;
  useEffect(
    () => void (isKnown && loadTexts(domain, language.value)),
    [isKnown, domain, page, id, language.value],
  );
  useEffect(() => {
    if (isKnown) return loadLater();
  }, [isKnown]);
  return (
    <>
      <Shell>
        <OfflineLine />
        {isKnown && <StoppedLine />}
        <WaitingLine />
        <RefusedLine />
        {error !== null && <Failure error={error} what={t('enter.failed')} retry={enter} />}
        {isKnown && <Page />}
      </Shell>
      <Live />
      {helpOpen.value && <Help />}
      <SessionDialog />
    </>
  );
}

/** A case and the list that it stands in are there from the start; what else there is comes when it is asked for. */
const PAGES = {
  queue: Queue,
  cases: CasePage,
  blind: later('blind'),
  drops: later('drops'),
  models: later('models'),
  monitoring: later('monitoring'),
  audit: later('audit'),
  packs: later('packs'),
  admin: later('admin'),
} as const;

function Page() {
  const { page, domain, id } = address.value;
  const first = domains.value[0]?.name;
  useEffect(() => {
    if (page === 'home' && first !== undefined) go(`/${first}/queue`, 'replace');
  }, [page, first]);
  useFocusOnChange(`${domain} ${page} ${id}`);
  if (page === 'home') return first === undefined ? <Empty title={t('no-domain')} /> : null;
  if (domain !== null && !domains.value.some(({ name }) => name === domain)) {
    return <Empty title={t('no-domain.here', { domain })} />;
  }
  if (!(page in PAGES)) return <Empty title={t('not-found')} />;
  const Shown = PAGES[page as keyof typeof PAGES];
  return <Shown key={domain} />;
}

/** Anyone who reads by ear or keyboard begins at the head of a new page. */
function useFocusOnChange(what: string): void {
  const before = useRef(what);
  useEffect(() => {
    if (before.current === what) return;
    before.current = what;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus();
  }, [what]);
}
