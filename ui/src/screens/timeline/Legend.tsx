import { useTranslation } from 'react-i18next';
import type { EventKind } from 'tauri-plugin-keyfob-api';
import { EventIcon, TONES } from './EventIcon';
import { NATURES } from './event';

interface LegendProps {
  kinds: readonly EventKind[];
  hasLives: boolean;
  hasOffline: boolean;
}

/** What is in the chart, and nothing that isn't. */
export function Legend({ kinds, hasLives, hasOffline }: LegendProps) {
  const { t } = useTranslation('timeline');
  return (
    <ul aria-label={t('legend')} className="flex flex-wrap gap-x-4 gap-y-1.5 text-ink-soft text-xs">
      {hasLives && (
        <li className="flex items-center gap-1.5">
          <svg aria-hidden="true" viewBox="0 0 16 12" className="h-3 w-4">
            <path d="M0 1 16 10V12H0Z" className="fill-accent" opacity="0.18" />
            <path d="M0 1 16 10" className="fill-none stroke-accent" strokeWidth="1.75" />
          </svg>
          {t('lifeLeft')}
        </li>
      )}
      {hasOffline && (
        <li className="flex items-center gap-1.5">
          <svg aria-hidden="true" viewBox="0 0 16 12" className="h-3 w-4">
            <path
              d="M0 12 6 0M5 12 11 0M10 12 16 0"
              className="stroke-warn"
              strokeWidth="1.5"
              opacity="0.7"
            />
          </svg>
          {t('offlineBand')}
        </li>
      )}
      {kinds.map((kind) => (
        <li key={kind} className="flex items-center gap-1.5">
          <EventIcon kind={kind} className={`size-3.5 ${TONES[NATURES[kind].tone].text}`} />
          {t(`kinds.${kind}`)}
        </li>
      ))}
    </ul>
  );
}
