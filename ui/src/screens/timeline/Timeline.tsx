import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionEvent } from 'tauri-plugin-keyfob-api';
import { useAppState } from '../../appState';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { useNow } from '../../hooks/useNow';
import { View } from '../../shell/View';
import { EventTable } from './EventTable';
import { Legend } from './Legend';
import { clipped, livesOf, offlineSpans, type Present, RANGES, type Range, spanOf, within } from './life';
import { Segments } from './Segments';
import { SessionChart } from './SessionChart';
import { useEvents } from './useEvents';

/** The life of the session since the app was started. */
export function Timeline() {
  const { t } = useTranslation('timeline');
  const { data: events, error, refetch } = useEvents();
  return (
    <View name="timeline" title={t('title')} lead={t('lead')}>
      {error && (
        <div>
          <ErrorNotice error={error} />
          <Button onClick={() => refetch()}>{t('tryAgain')}</Button>
        </div>
      )}
      {!events && !error && (
        <p role="status" className="animate-appear-late text-ink-soft">
          {t('loading', { ns: 'common' })}
        </p>
      )}
      {events && !error && <Life events={events} />}
    </View>
  );
}

function Life({ events }: { events: readonly SessionEvent[] }) {
  const { t } = useTranslation('timeline');
  const { provider } = useAppState();
  const now = useNow();
  const [range, setRange] = useState<Range>(() => (isYoung(events, now) ? 'all' : 'hour'));
  const [form, setForm] = useState<'chart' | 'list'>('chart');
  if (events.length === 0) return <Nothing />;

  const present: Present = { now, ownAudience: provider?.audience ?? null };
  const span = spanOf(range, events, now);
  const shown = within(events, span);
  return (
    <Panel
      title={t('life')}
      actions={
        <div className="flex flex-wrap gap-2">
          <Segments
            label={t('range')}
            options={RANGES.map((value) => ({ value, label: t(`ranges.${value}`) }))}
            value={range}
            onChange={setRange}
          />
          <Segments
            label={t('form')}
            options={(['chart', 'list'] as const).map((value) => ({ value, label: t(`forms.${value}`) }))}
            value={form}
            onChange={setForm}
          />
        </div>
      }
    >
      {form === 'chart' ? (
        <div className="grid gap-4">
          <SessionChart events={events} present={present} span={span} />
          <Legend
            kinds={[...new Set(shown.map(({ kind }) => kind))]}
            hasLives={clipped(livesOf(events, present), span).length > 0}
            hasOffline={clipped(offlineSpans(events, now), span).length > 0}
          />
        </div>
      ) : (
        shown.length > 0 && <EventTable events={shown} />
      )}
      {shown.length === 0 && <p className="mt-3 text-ink-soft text-sm">{t('nothingInRange')}</p>}
    </Panel>
  );
}

/** A past that is shorter than any range is shown as it is. */
function isYoung(events: readonly SessionEvent[], now: number): boolean {
  return events.every(({ at }) => now - at < 3600);
}

function Nothing() {
  const { t } = useTranslation('timeline');
  return (
    <Panel title={t('nothing.title')}>
      <p className="text-pretty text-ink-soft">{t('nothing.detail')}</p>
    </Panel>
  );
}
