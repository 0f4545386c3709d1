import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { useNow } from '../../hooks/useNow';
import { View } from '../../shell/View';
import { Choice } from './Choice';
import { EventTable } from './EventTable';
import type { TimelineEvent } from './event';
import { Legend } from './Legend';
import { clipped, livesOf, offlineSpans, type Present, RANGES, type Range, spanOf, within } from './life';
import { SessionChart } from './SessionChart';
import { useEvents } from './useEvents';

interface TimelineProps {
  /** The audience of the sign-in's own access token, if the configuration names one. */
  ownAudience: string | null;
}

/** The life of the session since the app was started. */
export function Timeline({ ownAudience }: TimelineProps) {
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
      {events && !error && <Life events={events} ownAudience={ownAudience} />}
    </View>
  );
}

function Life({ events, ownAudience }: TimelineProps & { events: readonly TimelineEvent[] }) {
  const { t } = useTranslation('timeline');
  const { session } = useSession();
  const now = useNow();
  const [range, setRange] = useState<Range>(() => (isYoung(events, now) ? 'all' : 'hour'));
  const [form, setForm] = useState<'chart' | 'list'>('chart');
  if (events.length === 0) return <Nothing />;

  const expiresAt = session.status === 'signed_in' ? session.expiresAt : null;
  const present: Present = { now, expiresAt, ownAudience };
  const span = spanOf(range, events, now);
  const shown = within(events, span);
  return (
    <Panel
      title={t('life')}
      actions={
        <div className="flex flex-wrap gap-2">
          <Choice
            label={t('range')}
            options={RANGES.map((value) => ({ value, label: t(`ranges.${value}`) }))}
            value={range}
            onChange={setRange}
          />
          <Choice
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
function isYoung(events: readonly TimelineEvent[], now: number): boolean {
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
