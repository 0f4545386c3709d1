import type { Check, CheckStatus, CheckSubject } from 'tauri-plugin-keyfob-api/doctor';

/** What is looked at, as people think of it. */
export const PARTS = ['keychain', 'links', 'provider', 'clock', 'window'] as const;

export type Part = (typeof PARTS)[number];

const PART_OF: Readonly<Record<CheckSubject, Part>> = {
  keychain: 'keychain',
  scheme: 'links',
  handler: 'links',
  redirect: 'links',
  configuration: 'provider',
  metadata: 'provider',
  clock: 'clock',
  permission: 'window',
  csp: 'window',
};

const SEVERITY: Readonly<Record<CheckStatus, number>> = { skipped: 0, ok: 1, warning: 2, failed: 3 };

/** How a part is, and what there is to say about it. */
export interface Health {
  readonly part: Part;
  readonly status: CheckStatus;
  /** What could be better. */
  readonly findings: readonly Check[];
}

/** One for each part, as bad as the worst in it. */
export function healthOf(checks: readonly Check[]): Health[] {
  return PARTS.map((part) => {
    const own = checks.filter(({ subject }) => PART_OF[subject] === part);
    const status = own.reduce<CheckStatus>(
      (worst, check) => (SEVERITY[check.status] > SEVERITY[worst] ? check.status : worst),
      'skipped',
    );
    return { part, status, findings: own.filter(isFinding) };
  });
}

function isFinding({ status, fix }: Check): boolean {
  return status === 'warning' || status === 'failed' || (status === 'skipped' && fix !== null);
}
