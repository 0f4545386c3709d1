import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useAppState, useReloadAppState } from '../../appState';
import { Choice } from '../../components/Choice';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { setKeychainPolicy } from '../../host/commands';

const POLICIES = ['required', 'memory'] as const;

/** Where the session is kept. The app asks in a dialog of the system before it changes that. */
export function KeychainPolicy() {
  const { t } = useTranslation('settings');
  const { provider } = useAppState();
  const reload = useReloadAppState();
  const change = useMutation({ mutationFn: setKeychainPolicy, onSuccess: reload });
  if (!provider) return null;
  return (
    <Panel title={t('keychain.title')} lead={t('keychain.change')}>
      <ErrorNotice error={change.error} />
      <Choice
        label={t(`keychain.details.${provider.keychain}`)}
        value={provider.keychain}
        options={POLICIES.map((value) => ({ value, label: t(`keychain.policies.${value}`) }))}
        onChange={(policy) => change.mutate(policy)}
      />
      <p role="status" className="mt-3 text-ink-soft text-sm empty:mt-0">
        {change.data === 'declined' && t('declined')}
      </p>
    </Panel>
  );
}
