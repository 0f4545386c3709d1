import { useTranslation } from 'react-i18next';
import { EventIcon, TONES } from './EventIcon';
import { NATURES } from './event';
import { HEIGHT, MARKER_RADIUS, type Marker } from './layout';
import { NAMED } from './Markers';
import { useEventTexts } from './useEventTexts';

const WIDTH = 264;

/** What a marker stands for, beside it. Its name says the same to who doesn't see it. */
export function MarkerTip({ marker, width }: { marker: Marker; width: number }) {
  const { t } = useTranslation('timeline');
  const texts = useEventTexts();
  const left = Math.min(Math.max(marker.x - WIDTH / 2, 0), Math.max(width - WIDTH, 0));
  const rest = marker.events.length - NAMED;
  return (
    <div
      data-testid="marker-tip"
      aria-hidden="true"
      style={{ left, bottom: HEIGHT - marker.y + MARKER_RADIUS + 6, width: WIDTH }}
      className="absolute z-10 max-w-full animate-appear rounded-xl border border-line bg-card px-3.5 py-2.5 text-sm shadow-card"
    >
      <ul className="grid gap-2">
        {marker.events.slice(0, NAMED).map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity, and the list is never reordered.
          <li key={index} className="grid grid-cols-[auto_1fr] gap-x-2">
            <EventIcon
              kind={event.kind}
              className={`mt-0.5 size-4 ${TONES[NATURES[event.kind].tone].text}`}
            />
            <div className="min-w-0">
              <p className="font-medium">{texts.what(event)}</p>
              <p className="text-pretty text-ink-soft">
                {[texts.when(event), texts.why(event)].filter(Boolean).join(' · ')}
              </p>
              {event.audience && <p className="truncate text-ink-soft">{event.audience}</p>}
            </div>
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="mt-2 text-ink-soft">{t('more', { count: rest })}</p>}
    </div>
  );
}
