import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventReason, SessionEvent } from 'tauri-plugin-keyfob-api';
import { locale } from '../../i18n';

/** What people read of an event. */
export interface EventTexts {
  what(event: SessionEvent): string;
  /** Why it happened; null where there is nothing to say. */
  why(event: SessionEvent): string | null;
  when(event: SessionEvent): string;
  /** All of it in one line. */
  line(event: SessionEvent): string;
}

export function useEventTexts(): EventTexts {
  const { t } = useTranslation(['timeline', 'errors', 'signIn']);
  return useMemo(() => textsIn(t), [t]);
}

function textsIn(t: TFunction<['timeline', 'errors', 'signIn']>): EventTexts {
  // One that brought no token may have found nobody.
  const what = ({ kind, expiresAt }: SessionEvent) =>
    kind === 'restored' && expiresAt === null ? t('lookedForSession') : t(`kinds.${kind}`);
  const why = ({ reason }: SessionEvent) => reason && reasonIn(t, reason);
  const line = (event: SessionEvent) =>
    [`${timeOf(event.at)} ${what(event)}`, why(event), event.audience].filter(Boolean).join(' · ');
  return { what, why, line, when: ({ at }) => timeOf(at) };
}

function reasonIn(t: TFunction<['timeline', 'errors', 'signIn']>, reason: EventReason): string {
  switch (reason.type) {
    case 'error':
      return t(`errors:${reason.code}.title`);
    case 'reauth':
      return t(`signIn:reasons.${reason.reason}`);
    case 'deep_link':
      return t(`signIn:deepLinkFaults.${reason.fault}`);
  }
}

/** To the second, and with the day unless that is today. */
function timeOf(at: number): string {
  const date = new Date(at * 1000);
  const isToday = date.toDateString() === new Date().toDateString();
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { day: '2-digit', month: 'short' };
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return new Intl.DateTimeFormat(locale(), { ...day, ...time }).format(date);
}
