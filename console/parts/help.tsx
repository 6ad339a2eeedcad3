/** The keys, and the switch that turns single ones off. */
import { helpOpen } from '../state/help.ts';
import { singleKeysOff, switchSingleKeys } from '../state/listen-keys.ts';
import { type Key, t } from '../words/words.ts';
import { Dialog } from './dialog.tsx';

const ROWS: readonly (readonly [readonly string[], Key])[] = [
  [['J', 'K'], 'keys.move'],
  [['Enter'], 'keys.open'],
  [['N'], 'keys.take'],
  [['X'], 'keys.select'],
  [['1', '2', '3'], 'keys.verdict'],
  [['A', 'B', 'C', 'D'], 'keys.reason'],
  [['M'], 'keys.note'],
  [['Ctrl', 'Enter'], 'keys.save'],
  [['U'], 'keys.undo'],
  [['E'], 'keys.reasons'],
  [['/'], 'keys.search'],
  [['F'], 'keys.filter'],
  [['G', 'Q B D M W A P S'], 'keys.go'],
  [['Esc'], 'keys.escape'],
  [['?'], 'keys.help'],
];

export function Help(_: object) {
  const close = () => {
    helpOpen.value = false;
  };
  return (
    <Dialog title={t('keys.title')} onClose={close}>
      <table class="keys">
        <tbody>
          {ROWS.map(([keys, key]) => (
            <tr key={key}>
              <th scope="row">
                {keys.map((one) => (
                  <kbd key={one}>{one}</kbd>
                ))}
              </th>
              <td>{t(key)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="check">
        <input
          id="single-keys"
          type="checkbox"
          checked={!singleKeysOff.value}
          onChange={({ currentTarget }) => switchSingleKeys(!currentTarget.checked)}
        />
        <label for="single-keys">{t('keys.single')}</label>
      </p>
      <div class="buttons">
        <button type="button" class="primary" onClick={close}>
          {t('close')}
        </button>
      </div>
    </Dialog>
  );
}
