import { host } from '../format';
import type { SignedInSession } from '../session';
import { strings } from '../strings';

const DOTS = {
  fresh: 'bg-good',
  refreshing: 'animate-breathe bg-good',
  stale: 'bg-warn',
  offline: 'bg-warn',
};

/** In one line: where somebody is signed in, and how the session does. */
export function SessionLine({ session }: { session: SignedInSession }) {
  const state = session.offline ? 'offline' : session.freshness;
  const line = strings.signedIn.line;
  const text = state === 'offline' ? line.offline : line[state](host(session.account.issuer));
  return (
    <p
      data-testid="session-line"
      data-state={state}
      className="mt-1 flex items-center gap-2 text-ink-soft text-sm"
    >
      <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${DOTS[state]}`} />
      <span className="truncate" title={session.account.issuer}>
        {text}
      </span>
    </p>
  );
}
