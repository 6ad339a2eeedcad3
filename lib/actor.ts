/**
 * Who acts, as every act says it (`by`): what kind of identity a text is, and whether two of them are one person. The kind shows in
 * the text itself, and a token may not claim the form of another kind (`lib/api/roles.ts`):
 *
 *     arn:aws:iam::123456789012:user/ann      an AWS identity, which the command line acts by
 *     assay, assay schedule, assay monitor    Assay itself: no one
 *     anything else                           the subject of a token, which the API acts by
 *
 * It is unknown whether a token and an AWS identity belong to the same person, so these are never counted as two.
 */
export type IdentityKind = 'token' | 'aws' | 'system';

export function identityKind(by: string): IdentityKind {
  if (/^arn:/i.test(by.trim())) return 'aws';
  return /^assay( |$)/i.test(by.trim()) ? 'system' : 'token';
}

/** How a person of this kind acts: "approve it …". */
export const WAYS: Readonly<Record<Exclude<IdentityKind, 'system'>, string>> = {
  token: 'by the API, signed in',
  aws: 'on the command line, by an AWS identity',
};

/** A display name by id; null: none is known. */
export type NameOf = (id: string) => string | null;

/** The end of an ARN that people read: of a user the name, of a session of a role the session's. */
export function arnName(arn: string): string {
  return arn.trim().split(/[/:]/).at(-1) || arn;
}

const MAX_NAME = 200;

/** A name as a token says it, on one line; null: none that can be read. */
export function displayName(claim: unknown): string | null {
  if (typeof claim !== 'string') return null;
  const plain = claim
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain === '' ? null : [...plain].slice(0, MAX_NAME).join('');
}

/** "Ann Lee (id)"; without a name the id alone. */
export function formatPerson(id: string, name: string | null | undefined): string {
  return name === null || name === undefined || name === id ? id : `${name} (${id})`;
}

/** The same person under two spellings of one name is one person. */
export function isSamePerson(one: string, other: string): boolean {
  return personOf(one) === personOf(other);
}

/**
 * Anyone who takes on a role may call the session anything, and tools make up a new name each time: however they are called, all
 * sessions of a role count as one person. Only Identity Center gives its sessions the names of its users.
 */
const NAMED_SESSION = /^(arn:[^:]*:sts::)\d*:assumed-role\/awsreservedsso_[^/]+\/(.+)$/;
const FREE_SESSION = /^(arn:[^:]*:sts::\d*:(?:assumed-role\/[^/]+|federated-user))\/.+$/;

function personOf(by: string): string {
  const plain = by.normalize('NFKC').trim().toLowerCase();
  const [, service, user] = NAMED_SESSION.exec(plain) ?? [];
  if (user !== undefined) return `${service}:identity-center/${user}`;
  return FREE_SESSION.exec(plain)?.[1] ?? plain;
}
