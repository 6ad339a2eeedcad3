/** What is attached to a case: each file with its size and hash, to be downloaded and never shown here; and where one is attached. */
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import type { AttachmentList } from '../../lib/api/attachment-schemas.ts';
import { ATTACHMENT_ENDINGS } from '../../lib/cases/attachment.ts';
import { get, messageOf } from '../api/client.ts';
import { attachFile, saveAttachment } from '../api/files.ts';
import { may } from '../state/person.ts';
import { useLoad } from '../state/use-load.ts';
import { bytes } from '../words/format.ts';
import { t } from '../words/words.ts';
import { say } from './live.tsx';
import { PagePart } from './page-part.tsx';
import { ProgressBar } from './progress-bar.tsx';
import { Time } from './time.tsx';

export function CaseAttachments({ caseId }: { readonly caseId: string }) {
  const path = `/v1/cases/${caseId}/attachments`;
  const { value, reload } = useLoad(path, (signal) => get<z.output<typeof AttachmentList>>(path, {}, signal));
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState('');
  const isOfficer = may('review');
  const items = value?.items ?? [];
  if (items.length === 0 && !isOfficer) return null;
  const work = async (done: Promise<void>) => {
    setProblem('');
    await done.catch((error: unknown) => setProblem(messageOf(error)));
    setShare(null);
  };
  const send = (file: File) => {
    setShare(0);
    void work(
      attachFile(path, file, setShare).then(() => {
        say(t('attach.done', { name: file.name }));
        reload();
      }),
    );
  };
  return (
    <PagePart id="attachments" title={t('attach.title')} says={isOfficer ? t('attach.says') : ''}>
      <ul class="attachments">
        {items.map(({ id, name, type, bytes: size, sha256, by, by_name, at }) => (
          <li key={id}>
            {name === null ? (
              type.toUpperCase()
            ) : (
              <button type="button" onClick={() => void work(saveAttachment(`${path}/${id}`))}>
                <bdi>{name}</bdi>
              </button>
            )}{' '}
            <span class="muted small">
              {bytes(size)}, {by_name ?? by}, <Time at={at} />{' '}
              <span class="code" title={sha256}>
                {sha256.slice(0, 12)}…
              </span>
            </span>
          </li>
        ))}
      </ul>
      {isOfficer && (
        <div class="field">
          <label for="attach">{t('attach.file')}</label>
          <input
            id="attach"
            type="file"
            accept={ATTACHMENT_ENDINGS.join(',')}
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file !== undefined) send(file);
              currentTarget.value = '';
            }}
          />
        </div>
      )}
      {share !== null && <ProgressBar share={share} />}
      {problem !== '' && (
        <p class="error" role="alert">
          <bdi>{problem}</bdi>
        </p>
      )}
    </PagePart>
  );
}
