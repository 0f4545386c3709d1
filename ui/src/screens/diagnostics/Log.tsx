import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventKind, SessionEvent } from 'tauri-plugin-keyfob-api';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { Select } from '../../components/Select';
import { EventIcon, TONES } from '../timeline/EventIcon';
import { NATURES } from '../timeline/event';
import { useEvents } from '../timeline/useEvents';
import { useEventTexts } from '../timeline/useEventTexts';

/** As many lines as are laid out at once. */
const SHOWN = 100;

/** What happened, line by line. No secret stands in it: events have none. */
export function Log() {
  const { t } = useTranslation('diagnostics');
  const { data: events, error } = useEvents();
  return (
    <Panel title={t('log.title')} lead={t('log.lead')}>
      <ErrorNotice error={error} />
      {events?.length === 0 && <p className="text-ink-soft text-sm">{t('log.empty')}</p>}
      {events && events.length > 0 && <Lines events={events} />}
    </Panel>
  );
}

function Lines({ events }: { events: readonly SessionEvent[] }) {
  const { t } = useTranslation(['diagnostics', 'timeline']);
  const texts = useEventTexts();
  const [words, setWords] = useState('');
  const [kind, setKind] = useState<EventKind | ''>('');
  const [showsAll, setShowsAll] = useState(false);
  const wordsField = useId();
  const kindField = useId();
  const kinds = [...new Set(events.map((event) => event.kind))];
  const wanted = words.trim().toLocaleLowerCase();
  const found = events
    .filter((event) => kind === '' || event.kind === kind)
    .filter((event) => `${texts.line(event)} ${event.kind}`.toLocaleLowerCase().includes(wanted))
    .reverse();
  const shown = showsAll ? found : found.slice(0, SHOWN);

  return (
    <>
      <div className="flex flex-wrap gap-2">
        <label htmlFor={wordsField} className="sr-only">
          {t('log.search')}
        </label>
        <input
          id={wordsField}
          type="search"
          value={words}
          placeholder={t('log.search')}
          onChange={(event) => setWords(event.target.value)}
          className="field min-w-0 flex-1 basis-48"
        />
        <label htmlFor={kindField} className="sr-only">
          {t('log.kind')}
        </label>
        <Select
          id={kindField}
          value={kind}
          options={[
            { value: '', label: t('log.allKinds') },
            ...kinds.map((kind) => ({ value: kind, label: t(`timeline:kinds.${kind}`) })),
          ]}
          onChange={setKind}
        />
      </div>
      <p role="status" className="mt-3 text-ink-soft text-xs">
        {t('log.found', { count: found.length, all: events.length })}
      </p>
      <ol className="mt-1 grid grid-cols-1" data-testid="log">
        {shown.map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity.
          <li key={index} className="flex items-start gap-2.5 border-line border-t py-1.5 text-sm">
            <EventIcon
              kind={event.kind}
              className={`mt-0.5 size-4 shrink-0 ${TONES[NATURES[event.kind].tone].text}`}
            />
            <span className="quotable shrink-0 text-ink-soft tabular-nums">{texts.when(event)}</span>
            <span className="quotable min-w-0 break-words">
              {texts.what(event)}
              <span className="text-ink-soft">
                {[texts.why(event), event.audience].filter(Boolean).map((part) => ` · ${part}`)}
              </span>
            </span>
          </li>
        ))}
      </ol>
      {shown.length < found.length && (
        <div className="mt-2">
          <Button look="quiet" size="small" onClick={() => setShowsAll(true)}>
            {t('log.showAll', { count: found.length })}
          </Button>
        </div>
      )}
    </>
  );
}
