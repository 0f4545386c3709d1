import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getDiagnostics } from 'tauri-plugin-keyfob-api';
import { doctor } from 'tauri-plugin-keyfob-api/doctor';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { useAppState } from '../../appState';
import { Announcer } from '../../components/Announcer';
import { Button } from '../../components/Button';
import { CopyButton } from '../../components/CopyButton';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { View } from '../../shell/View';
import { useEvents } from '../timeline/useEvents';
import { HealthCards } from './HealthCards';
import { healthOf } from './health';
import { Log } from './Log';
import { toMarkdown } from './report';

/** How everything is that a sign-in needs, what happened, and a report of both. */
export function Diagnostics() {
  const { t } = useTranslation('diagnostics');
  const { session } = useSession();
  const { platform, version } = useAppState();
  const { data: events = [] } = useEvents();
  // It asks the provider and the keychain: when somebody wants it, and not with every glance at the window.
  const health = useQuery({ queryKey: ['doctor'], queryFn: doctor, refetchOnWindowFocus: false });
  const setup = useQuery({ queryKey: ['diagnostics'], queryFn: getDiagnostics });
  const lookAgain = () => {
    void health.refetch();
    void setup.refetch();
  };
  const report = () =>
    toMarkdown({
      platform,
      version,
      diagnostics: setup.data ?? null,
      checks: health.data ?? [],
      events,
      session,
    });

  return (
    <View
      name="diagnostics"
      title={t('title')}
      lead={t('lead')}
      actions={
        <Button data-testid="look-again" busy={health.isFetching} onClick={lookAgain}>
          {t('lookAgain')}
        </Button>
      }
    >
      {health.error && !health.isFetching ? (
        <ErrorNotice error={health.error} />
      ) : (
        <HealthCards
          // What was found stays until it is known anew.
          checks={health.data ?? null}
          // Without a configuration there is none, and the checks say so.
          diagnostics={setup.data ?? null}
          onLookAgain={lookAgain}
        />
      )}
      <Announcer>
        {health.data && !health.isFetching && (
          <span key={health.dataUpdatedAt}>{t('looked', { count: troubles(health.data) })}</span>
        )}
      </Announcer>
      <Panel
        title={t('report.title')}
        actions={
          <div className="-my-2 -mr-2">
            <CopyButton text={report}>{t('report.copy')}</CopyButton>
          </div>
        }
      >
        <p className="mb-3 text-pretty text-ink-soft text-sm">{t('report.lead')}</p>
        <details className="text-sm">
          <summary className="w-fit cursor-default rounded-md text-ink-soft hover:text-ink">
            {t('report.show')}
          </summary>
          <pre
            data-testid="report"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
            tabIndex={0}
            lang="en"
            className="quotable mt-2 max-h-80 overflow-auto whitespace-pre-wrap break-words rounded-lg border border-line bg-inset px-4 py-3 font-mono text-xs leading-relaxed"
          >
            {report()}
          </pre>
        </details>
      </Panel>
      <Log />
    </View>
  );
}

function troubles(checks: Parameters<typeof healthOf>[0]): number {
  return healthOf(checks).filter(({ status }) => status === 'warning' || status === 'failed').length;
}
