/**
 * The files that a sealed audit log vouches for against the files that are there: hashes by name in, problems out.
 */
export interface FileProblem {
  /** The file's name. */
  readonly where: string;
  readonly kind: 'missing' | 'changed';
  readonly message: string;
}

/** `sealed` is the `files` of verifyAudit; `hashOf` gives a file's sha256 in hex, or undefined if it is not there. */
export async function verifyFiles(
  sealed: Readonly<Record<string, string>>,
  hashOf: (name: string) => Promise<string | undefined>,
): Promise<FileProblem[]> {
  const problems: FileProblem[] = [];
  for (const [name, expected] of Object.entries(sealed)) {
    const found = await hashOf(name);
    if (found === undefined) {
      problems.push({ where: name, kind: 'missing', message: 'the file is gone' });
    } else if (found !== expected) {
      const message = `its sha256 is ${found}; the audit log has ${expected}`;
      problems.push({ where: name, kind: 'changed', message });
    }
  }
  return problems;
}
