import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SignInTexts } from 'tauri-plugin-keyfob-api/react/sign-in';
import type catalogue from '../../locales/en/signIn.json';

/** The words of the way in, in the window's language: those of the catalogue, and those that need something said. */
export function useSignInTexts(): SignInTexts {
  const { t, i18n } = useTranslation('signIn');
  return useMemo(() => {
    const words: typeof catalogue = i18n.getResourceBundle(i18n.language, 'signIn');
    return {
      ...words,
      deadline: (time) => t('deadline', { time }),
      tryAgain: (code) => {
        if (code === 'keychain_locked') return t('unlock');
        return code === 'keychain_corrupt' ? t('signIn') : t('tryAgain');
      },
      providerSays: (said) => t('providerSays', { ns: 'common', words: said }),
    };
  }, [t, i18n]);
}
