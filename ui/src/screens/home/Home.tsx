import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listAccounts, refresh } from 'tauri-plugin-keyfob-api';
import { useAction } from 'tauri-plugin-keyfob-api/react/sign-in';
import { useAppState } from '../../appState';
import { Announcer } from '../../components/Announcer';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Person } from '../../components/Person';
import { SessionLine } from '../../components/SessionLine';
import { StorageNotice } from '../../components/StorageNotice';
import { host } from '../../format';
import type { SignedInSession } from '../../session';
import { View } from '../../shell/View';
import { signOutHere } from '../../signOutHere';
import { Claims } from './Claims';
import { SignInBanner } from './SignInBanner';
import { Tokens, useTokens } from './Tokens';
import { TryApi } from './TryApi';

/** Who is here, how their session does, and what is known about them. */
export function Home({ session }: { session: SignedInSession }) {
  const { t } = useTranslation('home');
  const apiBaseUrl = useAppState().provider?.apiBaseUrl;
  const { data: tokens, error, isPending } = useTokens();
  const [renewals, setRenewals] = useState(0);
  const renew = useAction(async () => {
    await refresh();
    setRenewals((count) => count + 1);
  });
  // A keychain that tells nobody who is in it doesn't keep anybody here.
  const leave = useAction(async () => signOutHere(await listAccounts().catch(() => [])));

  return (
    <View name="signed-in" title={t('title')} isTitleUnseen>
      <div>
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-4 px-1">
          <Person user={session.user}>
            <p className="truncate text-ink-soft text-sm" title={session.account.issuer}>
              {t('signedInAt', { provider: host(session.account.issuer) })}
            </p>
          </Person>
          <div className="flex flex-wrap gap-2">
            <Button data-testid="refresh" busy={renew.busy} busyLabel={t('renewing')} onClick={renew.run}>
              {t('renew')}
            </Button>
            <Button
              look="quiet"
              data-testid="sign-out"
              busy={leave.busy}
              busyLabel={t('signingOut')}
              onClick={leave.run}
            >
              {t('signOut')}
            </Button>
          </div>
        </div>
        <SessionLine session={session} />
        <SignInBanner />
        <StorageNotice session={session} />
        <ErrorNotice error={leave.error ?? renew.error} />
      </div>
      {/* What is below the tokens would be pushed away by them. */}
      {!isPending && (
        <>
          <Tokens tokens={tokens} error={error} />
          {apiBaseUrl && <TryApi baseUrl={apiBaseUrl} />}
          <Claims user={session.user} />
        </>
      )}
      <Announcer>{renewals > 0 && <span key={renewals}>{t('renewed')}</span>}</Announcer>
    </View>
  );
}
