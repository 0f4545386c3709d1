import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

/** What the window speaks. A language is a folder of catalogues, one for each part of the window. */
export const languages = ['en', 'de'] as const;

export type Language = (typeof languages)[number];

const catalogues = import.meta.glob<Record<string, unknown>>('./locales/*/*.json', {
  eager: true,
  import: 'default',
});

/** Has to be called before anything is rendered; it is done when it returns. */
export function startI18n(language: Language): void {
  void i18next.use(initReactI18next).init({
    resources: resources(),
    lng: language,
    fallbackLng: 'en',
    defaultNS: 'common',
    initAsync: false,
    // React escapes.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  speak(language);
}

export function speak(language: Language): void {
  document.documentElement.lang = language;
  if (i18next.language !== language) void i18next.changeLanguage(language);
}

/** The one of ours that the system prefers. */
export function systemLanguage(): Language {
  const preferred = navigator.languages.map((tag) => tag.split('-')[0]);
  return preferred.find(isLanguage) ?? 'en';
}

/** Dates and numbers in the language of the window, as the system's region writes them. */
export function locale(): string {
  const language = i18next.language ?? 'en';
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

function isLanguage(tag: string | undefined): tag is Language {
  return languages.some((language) => language === tag);
}

function resources(): Record<string, Record<string, Record<string, unknown>>> {
  const all: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const [path, catalogue] of Object.entries(catalogues)) {
    const [language = '', file = ''] = path.split('/').slice(-2);
    all[language] = { ...all[language], [file.replace('.json', '')]: catalogue };
  }
  return all;
}
