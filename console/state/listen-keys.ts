/** Joins the keyboard to the page: what is pressed, where, and what the page at hand does with it. */
import { signal } from '@preact/signals';
import { address, go } from './address.ts';
import { type Act, actOf, takesKey, takesText } from './keys.ts';

/** What the page at hand does; true: it did. */
type Handler = (act: Act) => boolean;

interface Situated {
  readonly handle: Handler;
  readonly loading: () => boolean;
  readonly hasVerdict: () => boolean;
}

const OFF = 'assay.single-keys-off';
const PREFIX_MS = 1500;

/** WCAG 2.1.4: anyone who speaks to the computer, or has a cat, switches single keys off. */
export const singleKeysOff = signal(
  typeof localStorage !== 'undefined' && localStorage.getItem(OFF) !== null,
);

export function switchSingleKeys(off: boolean): void {
  singleKeysOff.value = off;
  if (off) localStorage.setItem(OFF, 'yes');
  else localStorage.removeItem(OFF);
}

const pages: Situated[] = [];
let changedAt = 0;
let prefixAt = Number.NEGATIVE_INFINITY;

/** Another case is shown: see SETTLE_MS. */
export function caseChanged(): void {
  changedAt = performance.now();
}

/** The latest that was added is asked first. */
export function onKeys(
  handle: Handler,
  { loading = () => false, hasVerdict = () => false }: Partial<Omit<Situated, 'handle'>> = {},
): () => void {
  const page = { handle, loading, hasVerdict };
  pages.push(page);
  return () => void pages.splice(pages.indexOf(page), 1);
}

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    const act = read(event);
    if (act === null) return;
    if (act.kind === 'prefix') prefixAt = event.timeStamp;
    else if (act.kind === 'go') goTo(act.place);
    else if (!pages.toReversed().some(({ handle }) => handle(act))) return;
    event.preventDefault();
  });
}

function read(event: KeyboardEvent): Act | null {
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  const tag = target.tagName.toLowerCase();
  const type = target instanceof HTMLInputElement ? target.type : '';
  const afterPrefix = event.timeStamp - prefixAt < PREFIX_MS;
  if (event.key !== 'Shift') prefixAt = Number.NEGATIVE_INFINITY;
  return actOf(
    {
      key: event.key,
      ctrl: event.ctrlKey,
      meta: event.metaKey,
      alt: event.altKey,
      repeat: event.repeat,
      composing: event.isComposing,
    },
    {
      typing: takesText({ tag, type, editable: target.isContentEditable }),
      controlTakesKey: takesKey({ tag, role: target.getAttribute('role') }, event.key),
      dialogOpen: document.querySelector('dialog[open], [popover]:popover-open') !== null,
      loading: pages.some(({ loading }) => loading()),
      msSinceChange: performance.now() - changedAt,
      singleKeysOff: singleKeysOff.value,
      afterPrefix,
      hasVerdict: pages.some(({ hasVerdict }) => hasVerdict()),
    },
  );
}

function goTo(place: string): void {
  const { domain } = address.value;
  if (domain !== null) go(`/${domain}/${place}`);
}
