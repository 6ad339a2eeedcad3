/** Where views of the queue are saved under a name, renamed, shared and deleted. */
import { useState } from 'preact/hooks';
import { MAX_VIEW_NAME } from '../../lib/cases/queue-views.ts';
import { messageOf } from '../api/client.ts';
import { address } from '../state/address.ts';
import { filterOf } from '../state/first-requests.ts';
import { known, may } from '../state/person.ts';
import { changeView, deleteView, type SavedView, savedViews, saveView } from '../state/views.ts';
import { t } from '../words/words.ts';
import { Dialog } from './dialog.tsx';
import { showToast } from './live.tsx';

export function ViewsDialog({ close }: { readonly close: () => void }) {
  const { domain, query } = address.value;
  const [problem, setProblem] = useState('');
  const act = async (work: Promise<void>, done: string, undo?: () => void) => {
    setProblem('');
    try {
      await work;
      showToast(done, undo);
      return true;
    } catch (error) {
      setProblem(messageOf(error));
      return false;
    }
  };
  const views = (savedViews.value?.items ?? []).filter((one) => one.may_change);
  const remove = (view: SavedView) => {
    const { name, filter, shared } = view;
    const back = () => void act(saveView(domain!, { name, filter, shared }), t('views.saved', { name }));
    void act(deleteView(domain!, view), t('views.deleted', { name }), back);
  };
  return (
    <Dialog title={t('views.title')} onClose={close} isWide>
      <ViewForm
        id="new"
        name=""
        isShared={false}
        canShare
        label={t('views.name')}
        save={(name, shared) =>
          act(saveView(domain!, { name, filter: filterOf(query), shared }), t('views.saved', { name }))
        }
      />
      {problem !== '' && (
        <p class="error spaced" role="alert">
          <bdi>{problem}</bdi>
        </p>
      )}
      {views.map((view) => (
        <ViewForm
          key={`${view.id} ${view.version}`}
          id={view.id}
          name={view.name}
          isShared={view.shared}
          canShare={view.by === known.value?.person.sub}
          label={t('views.one', { name: view.name })}
          save={(name, shared) =>
            act(changeView(domain!, view, { name, shared }), t('views.saved', { name }))
          }
          remove={() => remove(view)}
        />
      ))}
      <div class="buttons">
        <button type="button" onClick={close}>
          {t('close')}
        </button>
      </div>
    </Dialog>
  );
}

function ViewForm({
  id,
  name: before,
  isShared,
  canShare,
  label,
  save,
  remove,
}: {
  readonly id: string;
  readonly name: string;
  readonly isShared: boolean;
  /** Only one's own becomes or ceases to be shared. */
  readonly canShare: boolean;
  readonly label: string;
  readonly save: (name: string, shared: boolean) => Promise<boolean>;
  readonly remove?: () => void;
}) {
  const [name, setName] = useState(before);
  const [shared, setShared] = useState(isShared);
  const isSame = name.trim() === before && shared === isShared;
  const isReady = name.trim() !== '' && !isSame;
  return (
    <form
      class="view-form"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady)
          void save(name.trim(), shared).then((isSaved) => {
            if (isSaved && remove === undefined) setName('');
          });
      }}
    >
      <label class={remove === undefined ? undefined : 'vh'} for={`view-${id}`}>
        {label}
      </label>
      <input
        id={`view-${id}`}
        type="text"
        maxLength={MAX_VIEW_NAME}
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      {may('review') && canShare && (
        <label class="share">
          <input
            type="checkbox"
            checked={shared}
            onChange={({ currentTarget }) => setShared(currentTarget.checked)}
          />{' '}
          {t('views.share')}
        </label>
      )}
      <span class="tools">
        <button type="submit" aria-disabled={!isReady}>
          {t('save')}
        </button>
        {remove !== undefined && (
          <button
            type="button"
            class="quiet"
            aria-label={t('views.forget', { name: before })}
            onClick={remove}
          >
            ✕
          </button>
        )}
      </span>
    </form>
  );
}
