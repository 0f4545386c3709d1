import type { Telling } from '../../components/FindingWords';
import type { ProviderCheck } from '../../host/commands';

/** What the window has words of its own for, and what the engine's tell beyond them. */
export const TELLING = {
  'metadata.failed': ['message', 'fix'],
  // The other spelling of the issuer.
  'issuer.failed': ['fix'],
  'code_flow.warning': [],
  'code_flow.failed': [],
  'pkce.warning': [],
  'pkce.failed': [],
  'refresh_tokens.warning': [],
  // The audience.
  'resources.warning': ['message'],
  'dpop.warning': [],
  'dpop.failed': [],
  'par.failed': [],
} as const satisfies Partial<Record<`${ProviderCheck['subject']}.${ProviderCheck['status']}`, Telling>>;

export function hasWords(key: string): key is keyof typeof TELLING {
  return key in TELLING;
}
