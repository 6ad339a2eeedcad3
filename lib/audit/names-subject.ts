/** Whether a text that stands in a log for good has the id of a subject in it. */

const PART_OF_WORD = /[\p{L}\p{N}]/u;

/** In whatever case and form of its characters, as a word of its own: what stands before and after it is no letter and no digit. */
export function namesSubject(text: string, subject: string): boolean {
  const [within, wanted] = [plain(text), plain(subject)];
  if (wanted === '') return false;
  for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, at + 1)) {
    const before = [...within.slice(0, at)].at(-1) ?? '';
    const [after = ''] = within.slice(at + wanted.length);
    if (!PART_OF_WORD.test(before) && !PART_OF_WORD.test(after)) return true;
  }
  return false;
}

/** Spaces are alike, however many: an id may stand at the end of a line. */
function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll(/\s+/gu, ' ').trim();
}
