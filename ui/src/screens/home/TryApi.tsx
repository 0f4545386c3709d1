import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from 'tauri-plugin-keyfob-api/react/sign-in';
import { type ApiAnswer, callApi } from '../../api';
import { ApiAnswerPanel } from '../../components/ApiAnswerPanel';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { useNavigation } from '../../shell/navigation';

/** One call, to see that it works. */
export function TryApi({ baseUrl }: { baseUrl: string }) {
  const { t } = useTranslation('home');
  const { go } = useNavigation();
  const [answer, setAnswer] = useState<ApiAnswer | null>(null);
  const call = useAction(async () => setAnswer(await callApi()));
  return (
    <Panel
      title={t('api.title')}
      lead={t('api.lead', { url: new URL('me', baseUrl).href })}
      actions={
        <div className="flex flex-wrap gap-2">
          <Button size="small" look="quiet" onClick={() => go('console')}>
            {t('api.open')}
          </Button>
          <Button
            size="small"
            data-testid="call-api"
            busy={call.busy}
            busyLabel={t('callingApi')}
            onClick={call.run}
          >
            {t('callApi')}
          </Button>
        </div>
      }
    >
      <ErrorNotice error={call.error} />
      {answer && !call.error && <ApiAnswerPanel answer={answer} />}
    </Panel>
  );
}
