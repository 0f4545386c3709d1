import { useTranslation } from 'react-i18next';
import type { Check, CheckStatus, CheckSubject } from 'tauri-plugin-keyfob-api/doctor';
import { FindingWords, type Telling } from './FindingWords';

const TELLING = {
  'configuration.failed': ['message'],
  'metadata.warning': [],
  'metadata.failed': ['message', 'fix'],
  'clock.warning': [],
  'clock.failed': [],
  'scheme.warning': [],
  'scheme.failed': [],
  'handler.warning': ['message', 'fix'],
  'handler.failed': ['message', 'fix'],
  'redirect.warning': ['fix'],
  'redirect.failed': ['message', 'fix'],
  'keychain.warning': [],
  'keychain.failed': ['message'],
  'permission.warning': ['message', 'fix'],
  'permission.skipped': ['message', 'fix'],
  'csp.warning': ['fix'],
} as const satisfies Partial<Record<`${CheckSubject}.${CheckStatus}`, Telling>>;

/** What is to be said of a check that found something. */
export function CheckWords({ check, copyName }: { check: Check; copyName?: string }) {
  const { t } = useTranslation('checks');
  const key = `${check.subject}.${check.status}`;
  const said = isKnown(key) ? { what: t(`${key}.what`), fix: t(`${key}.fix`), telling: TELLING[key] } : null;
  return <FindingWords found={check} said={said} {...(copyName && { copyName })} />;
}

function isKnown(key: string): key is keyof typeof TELLING {
  return key in TELLING;
}
