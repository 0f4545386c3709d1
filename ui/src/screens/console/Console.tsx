import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { useAppState } from '../../appState';
import { Announcer } from '../../components/Announcer';
import type { AppState } from '../../host/commands';
import { View } from '../../shell/View';
import { SignInBanner } from '../home/SignInBanner';
import { AnswerPanel } from './AnswerPanel';
import type { Resource } from './address';
import type { Draft } from './exchange';
import { Failure } from './Failure';
import { isAnswer, useHistory } from './history';
import { NoApi } from './NoApi';
import { PastRequests } from './PastRequests';
import { RequestForm } from './RequestForm';
import { timeTaken } from './units';
import { useExchange } from './useExchange';

/** What the configuration says of APIs. */
export interface ApiSetup {
  readonly apiBaseUrl: string | null;
  readonly resources: readonly Resource[];
  /** The audience of the sign-in's own access token, if the configuration names one. */
  readonly ownAudience: string | null;
  readonly configFile: string;
}

/** Requests with a fresh token, and what happens underneath them. */
export function Console() {
  const { t } = useTranslation('console');
  const api = apiSetup(useAppState());
  const { session } = useSession();
  const account = 'account' in session ? session.account.id : null;
  const isSet = api.resources.length > 0 || api.apiBaseUrl !== null;
  return (
    <View name="console" title={t('title')} lead={t('lead')}>
      {/* It stays in the page as a live region, and takes no room while it is empty. */}
      <div className="-mt-4">
        <SignInBanner />
      </div>
      {isSet ? (
        // What one has written and been answered is not for the next one to see.
        <Requests key={account} api={api} account={account} />
      ) : (
        <NoApi configFile={api.configFile} />
      )}
    </View>
  );
}

function Requests({ api, account }: { api: ApiSetup; account: string | null }) {
  const { t } = useTranslation('console');
  const past = useHistory(account);
  const { busy, shown, wasCancelled, send, cancel, open } = useExchange(account);
  const [draft, setDraft] = useState<Draft>(() => past[0]?.draft ?? firstDraft(api));

  return (
    <>
      <RequestForm
        api={api}
        draft={draft}
        used={past.map(({ draft }) => draft.url)}
        busy={busy}
        onChange={setDraft}
        onSend={() => send(draft)}
        onCancel={cancel}
      />
      {shown && isAnswer(shown.result) && <AnswerPanel key={shown.id} answer={shown.result} />}
      {shown && !isAnswer(shown.result) && (
        <Failure
          key={shown.id}
          error={shown.result}
          url={shown.draft.url}
          api={api}
          onSendAgain={() => send(shown.draft)}
        />
      )}
      <PastRequests
        exchanges={past}
        shown={shown}
        onOpen={(exchange) => {
          setDraft(exchange.draft);
          open(exchange);
        }}
      />
      <Announcer>
        {wasCancelled && t('cancelled')}
        {!wasCancelled && shown && isAnswer(shown.result) && (
          <span key={shown.id}>
            {t('answered', { status: shown.result.status, time: timeTaken(shown.result.milliseconds) })}
          </span>
        )}
      </Announcer>
    </>
  );
}

function apiSetup({ provider, configFile }: AppState): ApiSetup {
  const { apiBaseUrl = null, resources = [], audience: ownAudience = null } = provider ?? {};
  return { apiBaseUrl, resources, ownAudience, configFile };
}

function firstDraft({ apiBaseUrl, resources }: ApiSetup): Draft {
  const url = apiBaseUrl ?? `${resources[0]?.origin ?? 'https:/'}/`;
  return { method: 'GET', url, audience: null, headers: [], body: '' };
}
