import { useTranslation } from 'react-i18next';
import type { SessionEvent } from 'tauri-plugin-keyfob-api';
import { EventIcon, TONES } from './EventIcon';
import { NATURES } from './event';
import { useEventTexts } from './useEventTexts';

/** The same as the chart, in words, the newest first. */
export function EventTable({ events }: { events: readonly SessionEvent[] }) {
  const { t } = useTranslation('timeline');
  const texts = useEventTexts();
  return (
    <table className="w-full table-fixed text-left text-sm">
      <thead className="text-ink-soft text-xs">
        <tr>
          <th scope="col" className="w-32 pb-2 font-medium">
            {t('columns.when')}
          </th>
          <th scope="col" className="pb-2 font-medium">
            {t('columns.what')}
          </th>
        </tr>
      </thead>
      <tbody>
        {[...events].reverse().map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity.
          <tr key={index} className="border-line border-t align-top" data-testid="event">
            <td className="quotable py-2 pr-4 text-ink-soft tabular-nums">{texts.when(event)}</td>
            <td className="quotable break-words py-2">
              <span className="flex gap-2">
                <EventIcon
                  kind={event.kind}
                  className={`mt-0.5 size-4 shrink-0 ${TONES[NATURES[event.kind].tone].text}`}
                />
                <span className="min-w-0">
                  <span className="block font-medium">{texts.what(event)}</span>
                  {texts.why(event) && <span className="block">{texts.why(event)}</span>}
                  {event.audience && <span className="block text-ink-soft text-xs">{event.audience}</span>}
                </span>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
