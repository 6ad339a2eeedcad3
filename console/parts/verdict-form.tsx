/**
 * The verdict: nothing is preselected, a digit only chooses, and what is missing is said at the button. A reason is one of the pack's for
 * that verdict, or is written; a note is free.
 */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Act } from '../state/keys.ts';
import { nameOf } from '../state/pack-texts.ts';
import { t } from '../words/words.ts';

export const VERDICTS = ['true_positive', 'false_positive', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface ReasonCode {
  readonly code: string;
  /** The pack's own, which is what is stored. */
  readonly words: string;
  /** In the language of the page. */
  readonly label: string;
  readonly verdict: Verdict;
}

export interface Draft {
  readonly verdict: Verdict | null;
  /** One of the pack's; null: written in the note, or none yet. */
  readonly code: string | null;
  readonly note: string;
}

/** As the API lists them, by verdict. */
export function codesOf(
  reasons: Readonly<Record<Verdict, readonly { readonly code: string; readonly words: string }[]>>,
): ReasonCode[] {
  return VERDICTS.flatMap((verdict) =>
    reasons[verdict].map(({ code, words }) => ({
      code,
      words,
      label: nameOf('reasons', code, words),
      verdict,
    })),
  );
}

export const EMPTY_DRAFT: Draft = { verdict: null, code: null, note: '' };
const MIN_REASON = 3;
const LETTERS = ['A', 'B', 'C', 'D'];

function codesFor(verdict: Verdict | null, codes: readonly ReasonCode[]): readonly ReasonCode[] {
  return verdict === null ? [] : codes.filter((one) => one.verdict === verdict);
}

/** What is sent; a text: what is missing for that. */
export function chosen(
  { verdict, code, note }: Draft,
  codes: readonly ReasonCode[],
): { verdict: Verdict; code: string | null; reason: string; note: string } | string {
  if (verdict === null) return t('verdict.missing');
  const given = codesFor(verdict, codes).find((one) => one.code === code);
  const written = note.trim();
  if (given !== undefined) return { verdict, code: given.code, reason: given.words, note: written };
  if (written.length < MIN_REASON)
    return t(codesFor(verdict, codes).length > 0 ? 'reason.missing' : 'reason.short');
  return { verdict, code: null, reason: written.slice(0, 2000), note: '' };
}

/** The draft that a key makes of it; null: the key is none of the form's. */
export function verdictAct(act: Act, draft: Draft, codes: readonly ReasonCode[]): Draft | null {
  if (act.kind === 'note') {
    document.getElementById('note')?.focus();
    return draft;
  }
  if (act.kind === 'verdict') return choose(draft, VERDICTS[act.index]!);
  if (act.kind !== 'reason') return null;
  const code = codesFor(draft.verdict, codes)[act.index];
  return code === undefined ? null : { ...draft, code: code.code };
}

/** Another verdict has other reasons. */
export function choose(draft: Draft, verdict: Verdict): Draft {
  return verdict === draft.verdict ? draft : { ...draft, verdict, code: null };
}

export function VerdictForm({
  draft,
  codes,
  change,
  problem,
  isSaving,
  save,
  scope = null,
  saveWord = t('save.next'),
  beneath,
}: {
  readonly draft: Draft;
  readonly codes: readonly ReasonCode[];
  readonly change: (draft: Draft) => void;
  readonly problem: string;
  readonly isSaving: boolean;
  readonly save: () => void;
  /** What the verdict is on, where it is on more than one flag. */
  readonly scope?: string | null;
  readonly saveWord?: string;
  /** Beneath the note. */
  readonly beneath?: ComponentChildren;
}) {
  const listed = codesFor(draft.verdict, codes);
  const missing = chosen(draft, codes);
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <h2>{t('verdict.yours')}</h2>
      <VerdictButtons chosen={draft.verdict} choose={(verdict) => change(choose(draft, verdict))} />
      {listed.length > 0 && (
        <fieldset class="field">
          <legend class="strong">{t('reason')}</legend>
          <div class="reasons-list">
            {listed.map(({ code, label }, at) => (
              <button
                key={code}
                type="button"
                aria-pressed={draft.code === code}
                onClick={() => change({ ...draft, code: draft.code === code ? null : code })}
              >
                {label}
                {at < LETTERS.length && <kbd aria-hidden="true">{LETTERS[at]}</kbd>}
              </button>
            ))}
          </div>
        </fieldset>
      )}
      <div class="field">
        <label for="note">
          {listed.length > 0 ? t('note') : t('reason.own')}{' '}
          {listed.length > 0 && <span class="muted">{t('optional')}</span>}
        </label>
        <textarea
          id="note"
          rows={2}
          maxLength={4000}
          value={draft.note}
          onInput={({ currentTarget }) => change({ ...draft, note: currentTarget.value })}
        />
        {beneath}
      </div>
      {scope !== null && <p class="muted small spaced">{scope}</p>}
      {problem !== '' && (
        <p class="error spaced" role="alert">
          {problem}
        </p>
      )}
      <button
        class="primary"
        type="submit"
        aria-disabled={isSaving || typeof missing === 'string'}
        aria-describedby={typeof missing === 'string' ? 'missing' : undefined}
      >
        {isSaving ? t('saving') : saveWord} <kbd aria-hidden="true">Ctrl ↵</kbd>
      </button>
      {typeof missing === 'string' && (
        <p id="missing" class="muted small">
          {missing}
        </p>
      )}
    </form>
  );
}

/** A radio group: Tab enters it once, arrows move in it, and a digit chooses from anywhere. */
function VerdictButtons({
  chosen: current,
  choose: pick,
}: {
  readonly chosen: Verdict | null;
  readonly choose: (verdict: Verdict) => void;
}) {
  const group = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent, at: number) => {
    const step = ['ArrowDown', 'ArrowRight'].includes(event.key)
      ? 1
      : ['ArrowUp', 'ArrowLeft'].includes(event.key)
        ? -1
        : 0;
    if (step === 0) return;
    event.preventDefault();
    const to = (at + step + VERDICTS.length) % VERDICTS.length;
    pick(VERDICTS[to]!);
    group.current?.querySelectorAll<HTMLElement>('[role=radio]')[to]?.focus();
  };
  const entry = current ?? VERDICTS[0];
  return (
    <div ref={group} class="verdicts" role="radiogroup" aria-label={t('verdict')}>
      {VERDICTS.map((verdict, at) => (
        <button
          key={verdict}
          type="button"
          class="verdict"
          role="radio"
          aria-checked={verdict === current}
          aria-keyshortcuts={String(at + 1)}
          tabIndex={verdict === entry ? 0 : -1}
          onClick={() => pick(verdict)}
          onKeyDown={(event) => move(event, at)}
        >
          {t(`status.${verdict}`)}
          <kbd aria-hidden="true">{at + 1}</kbd>
        </button>
      ))}
    </div>
  );
}
