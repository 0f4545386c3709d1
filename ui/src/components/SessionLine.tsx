import { useTranslation } from 'react-i18next';
import { briefDuration } from '../format';
import { useNow } from '../hooks/useNow';
import type { SignedInSession } from '../session';

const DOTS = {
  fresh: 'bg-good',
  refreshing: 'animate-breathe bg-good',
  stale: 'bg-warn',
  expired: 'bg-warn',
  offline: 'bg-warn',
};

/** How the session does, in one line. */
export function SessionLine({ session }: { session: SignedInSession }) {
  const text = useText(session);
  const state = stateOf(session, useNow());
  return (
    <p
      data-testid="session-line"
      data-state={state}
      className="mt-4 flex items-baseline gap-2 px-1 pb-2 text-ink-soft text-sm"
    >
      <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${DOTS[state]}`} />
      <span className="min-w-0 text-pretty">{text}</span>
    </p>
  );
}

function useText(session: SignedInSession): string {
  const { t } = useTranslation('home');
  const now = useNow();
  const state = stateOf(session, now);
  if (state !== 'fresh') return t(`line.${state}`);
  if (session.expiresAt === null) return t('line.freshEndless');
  const left = briefDuration(session.expiresAt - now);
  return session.renewable ? t('line.fresh', { left }) : t('line.freshEnding', { left });
}

function stateOf(session: SignedInSession, now: number): keyof typeof DOTS {
  if (session.offline) return 'offline';
  const isOver = session.expiresAt !== null && session.expiresAt <= now;
  if (session.freshness === 'fresh' && isOver) return session.renewable ? 'stale' : 'expired';
  if (session.freshness === 'stale' && !session.renewable) return 'expired';
  return session.freshness;
}
