/** The domains that a request may concern: every one, or those named. */
export type DomainScope = 'all' | readonly string[];

export function isInScope(scope: DomainScope, domain: string): boolean {
  return scope === 'all' || scope.includes(domain);
}
