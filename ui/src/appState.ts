import { queryOptions, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type AppState, getAppState, type Settings, saveSettings } from './host/commands';
import { type Language, speak, systemLanguage } from './i18n';

/** How the app is set up. main.ts asks before anything is rendered; what changes it asks again. */
export const appStateQuery = queryOptions({
  queryKey: ['app-state'],
  queryFn: getAppState,
  staleTime: Number.POSITIVE_INFINITY,
});

/** What is true where no app answers: the page was opened in a browser, and the session says so. */
export const noApp: AppState = {
  provider: null,
  providerSource: 'none',
  canChangeProvider: false,
  configFile: '',
  deepLinkScheme: null,
  settings: { theme: 'system', language: 'system', keepInTray: false, notifications: true },
  platform: 'linux',
  version: '',
};

export function useAppState(): AppState {
  return useSuspenseQuery(appStateQuery).data;
}

/** To be called when a command has changed what {@link useAppState} says. */
export function useReloadAppState(): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(() => client.invalidateQueries(appStateQuery), [client]);
}

/** Keeps some of the settings, and brings them into force. */
export function useSaveSettings(): (change: Partial<Settings>) => Promise<void> {
  const client = useQueryClient();
  const state = useAppState();
  return useCallback(
    async (change) => {
      const settings = await saveSettings({ ...state.settings, ...change });
      speak(languageOf(settings));
      client.setQueryData(appStateQuery.queryKey, (before) => before && { ...before, settings });
    },
    [client, state.settings],
  );
}

export function languageOf({ language }: Settings): Language {
  return language === 'system' ? systemLanguage() : language;
}
