import { useTranslation } from 'react-i18next';
import { cancelSignIn, openAuthorizationUrl } from 'tauri-plugin-keyfob-api';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { useAction } from 'tauri-plugin-keyfob-api/react/sign-in';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';

/** While somebody is signed in and the browser asks for another account, or for more: nothing is in the way. */
export function SignInBanner() {
  const { t } = useTranslation('home');
  const { signIn: pending, signInError } = useSession();
  const openAgain = useAction(() => openAuthorizationUrl());
  const cancel = useAction(() => cancelSignIn());
  return (
    <div role="status">
      {pending && (
        <div
          data-testid="pending-sign-in"
          className="mt-4 flex flex-wrap items-center justify-between gap-3 rounded-xl border border-line bg-accent-soft px-5 py-4"
        >
          <div>
            <p className="font-semibold">{t('pending.title')}</p>
            <p className="text-sm">{t('pending.detail')}</p>
          </div>
          <div className="flex flex-wrap gap-2">
            <Button size="small" data-testid="open-again" busy={openAgain.busy} onClick={openAgain.run}>
              {t('pending.openAgain')}
            </Button>
            <Button size="small" data-testid="cancel-sign-in" busy={cancel.busy} onClick={cancel.run}>
              {t('cancel', { ns: 'common' })}
            </Button>
          </div>
        </div>
      )}
      <ErrorNotice error={openAgain.error ?? cancel.error ?? (pending ? null : signInError)} />
    </div>
  );
}
