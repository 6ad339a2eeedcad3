/** Names of the domain's people while one is written after `@`: arrows choose, Enter takes, Escape leaves it as it is. */
import { useEffect, useState } from 'preact/hooks';
import { address } from '../state/address.ts';
import { type Colleague, loadColleagues, nameBegun, offered } from '../state/mentions.ts';
import { known } from '../state/person.ts';
import { t } from '../words/words.ts';
import { say } from './live.tsx';

/** `area` is the id of the field, `text` what stands in it. */
export function Mentions({ area, text }: { readonly area: string; readonly text: string }) {
  const domain = address.value.domain!;
  const [people, setPeople] = useState<readonly Colleague[]>([]);
  const [at, setAt] = useState(0);
  /** For this text the list was put away. */
  const [closed, setClosed] = useState('');
  useEffect(() => {
    const self = known.value?.person.sub;
    loadColleagues(domain).then(
      (all) => setPeople(all.filter(({ person }) => person !== self)),
      () => undefined,
    );
  }, [domain]);
  const field = document.getElementById(area) as HTMLTextAreaElement | null;
  const begun = closed === text ? null : nameBegun(text.slice(0, field?.selectionStart ?? 0));
  const names = begun === null ? [] : offered(begun, people);
  const current = names[Math.min(at, names.length - 1)];
  const take = (one: Colleague) => {
    if (field === null || begun === null) return;
    const end = field.selectionStart;
    field.setRangeText(`${one.name} `, end - begun.length, end, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    field.focus();
  };
  useEffect(() => {
    if (names.length > 0) say(t('mention.found', { n: names.length }));
    setAt(0);
  }, [begun, names.length]);
  useEffect(() => {
    if (field === null || current === undefined) return;
    const onKey = (event: KeyboardEvent) => {
      const { key } = event;
      if (event.ctrlKey || event.metaKey || event.isComposing) return;
      if (key === 'ArrowDown') setAt((at + 1) % names.length);
      else if (key === 'ArrowUp') setAt((at + names.length - 1) % names.length);
      else if (key === 'Enter' || key === 'Tab') take(current);
      else if (key === 'Escape') setClosed(text);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    field.addEventListener('keydown', onKey);
    field.setAttribute('aria-controls', 'mention-list');
    field.setAttribute('aria-activedescendant', `mention-${current.person}`);
    return () => {
      field.removeEventListener('keydown', onKey);
      field.removeAttribute('aria-controls');
      field.removeAttribute('aria-activedescendant');
    };
  });
  if (names.length === 0) return null;
  return (
    <div id="mention-list" class="mentions" role="listbox" aria-label={t('mention.people')}>
      {names.map((one) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the option that is chosen
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's
        <div
          key={one.person}
          id={`mention-${one.person}`}
          role="option"
          aria-selected={one === current}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => take(one)}
        >
          <bdi>{one.name}</bdi>
        </div>
      ))}
    </div>
  );
}
