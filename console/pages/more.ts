/** The pages that are not worked in all day, as one script: loaded when the first of them is shown, or while nothing else is to do. */
import { CaseAttachments } from '../parts/case-attachments.tsx';
import { Help } from '../parts/help.tsx';
import { Mentions } from '../parts/mentions.tsx';
import { ViewsDialog } from '../parts/views-dialog.tsx';
import { Admin } from './admin.tsx';
import { Audit } from './audit.tsx';
import { Blind } from './blind.tsx';
import { Drops } from './drops.tsx';
import { Models } from './models.tsx';
import { Monitoring } from './monitoring.tsx';
import { Packs } from './packs.tsx';

export const morePages = {
  admin: Admin,
  attachments: CaseAttachments,
  audit: Audit,
  blind: Blind,
  drops: Drops,
  help: Help,
  mentions: Mentions,
  models: Models,
  monitoring: Monitoring,
  packs: Packs,
  views: ViewsDialog,
} as const;
