import 'i18next';
import type checks from './locales/en/checks.json';
import type common from './locales/en/common.json';
import type connect from './locales/en/connect.json';
import type console from './locales/en/console.json';
import type diagnostics from './locales/en/diagnostics.json';
import type errors from './locales/en/errors.json';
import type home from './locales/en/home.json';
import type settings from './locales/en/settings.json';
import type signIn from './locales/en/signIn.json';
import type timeline from './locales/en/timeline.json';

declare module 'i18next' {
  /** A key that is in no English catalogue is a type error; a test holds the others against the English ones. */
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      checks: typeof checks;
      common: typeof common;
      connect: typeof connect;
      console: typeof console;
      diagnostics: typeof diagnostics;
      errors: typeof errors;
      home: typeof home;
      settings: typeof settings;
      signIn: typeof signIn;
      timeline: typeof timeline;
    };
  }
}
