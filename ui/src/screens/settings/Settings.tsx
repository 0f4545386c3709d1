import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useAppState, useSaveSettings } from '../../appState';
import { Announcer } from '../../components/Announcer';
import { Choice } from '../../components/Choice';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { Toggle } from '../../components/Toggle';
import type { Settings as Kept } from '../../host/commands';
import { View } from '../../shell/View';
import { KeychainPolicy } from './KeychainPolicy';
import { Provider } from './Provider';
import { Reset } from './Reset';

const THEMES = ['system', 'light', 'dark'] as const;
const LANGUAGES = ['system', 'en', 'de'] as const;

/** How the app is to be. Each change is kept at once. */
export function Settings() {
  const { t } = useTranslation('settings');
  const { settings, version, canChangeProvider } = useAppState();
  const keep = useMutation({ mutationFn: useSaveSettings() });
  const change = (changed: Partial<Kept>) => keep.mutate(changed);
  return (
    <View name="settings" title={t('title')}>
      <ErrorNotice error={keep.error} />
      <Panel title={t('appearance.title')}>
        <div className="grid gap-4">
          <Choice
            label={t('appearance.theme')}
            value={settings.theme}
            options={THEMES.map((value) => ({ value, label: t(`appearance.themes.${value}`) }))}
            onChange={(theme) => change({ theme })}
          />
          <Choice
            label={t('appearance.language')}
            value={settings.language}
            options={LANGUAGES.map((value) => ({ value, label: t(`appearance.languages.${value}`) }))}
            onChange={(language) => change({ language })}
          />
        </div>
      </Panel>
      <Panel title={t('behaviour.title')}>
        <div className="grid gap-5">
          <Toggle
            label={t('behaviour.keepInTray')}
            detail={t('behaviour.keepInTrayDetail')}
            checked={settings.keepInTray}
            onChange={(keepInTray) => change({ keepInTray })}
          />
          <Toggle
            label={t('behaviour.notifications')}
            detail={t('behaviour.notificationsDetail')}
            checked={settings.notifications}
            onChange={(notifications) => change({ notifications })}
          />
        </div>
      </Panel>
      <Provider />
      {canChangeProvider && <KeychainPolicy />}
      <Reset />
      <p className="px-1 text-ink-soft text-sm">{t('about', { version })}</p>
      <Announcer>{keep.isSuccess && <span key={keep.submittedAt}>{t('saved')}</span>}</Announcer>
    </View>
  );
}
