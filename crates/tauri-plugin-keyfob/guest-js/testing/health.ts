import type { Check, CheckSubject, Diagnostics } from '../bindings.js';
import { ISSUER } from './people.js';

/** An engine that is set up as most apps set it up. */
export function diagnosticsAtStart(): Diagnostics {
  return {
    version: '0.0.0-test',
    issuer: ISSUER,
    redirect: 'deep_link',
    deepLinkScheme: null,
    registration: null,
    keychain: 'memory',
    proxy: null,
    clockOffset: null,
  };
}

const FINE: Record<CheckSubject, string> = {
  configuration: 'The configuration has no fault.',
  metadata: 'The provider’s metadata and keys have all that is needed.',
  clock: 'This machine’s clock is 0 s behind the provider’s.',
  scheme: 'The app’s scheme is `com.example.app`.',
  handler: 'Links of `com.example.app:` come to this program.',
  redirect: 'The browser comes back to `com.example.app:/callback`.',
  keychain: 'The keychain keeps, gives back and deletes.',
};

/** What the doctor finds where all is well, in the engine's own order. */
export function checksAtStart(): Check[] {
  return (Object.keys(FINE) as CheckSubject[]).map((subject) => {
    return { subject, status: 'ok', message: FINE[subject], fix: null };
  });
}
