import type { AppState, ProviderSummary, Settings } from '../src/host/bindings';
import type { Answer } from './boundary';

const PROVIDER: ProviderSummary = {
  issuer: 'https://id.example.com',
  clientId: 'keyfob-desktop',
  preset: null,
  scopes: [],
  audience: 'https://notes.example.com',
  apiBaseUrl: 'https://notes.example.com',
  resources: [
    { origin: 'https://notes.example.com', audience: 'https://notes.example.com' },
    { origin: 'https://orders.example.com', audience: 'https://orders.example.com' },
  ],
  dpop: false,
  keychain: 'required',
  redirectUris: ['dev.keyfob.desktop:/callback', 'http://127.0.0.1/callback'],
};

/** The app behind the window, as far as it isn't the engine: its own commands, answered in memory. */
export class Host {
  state: AppState;
  readonly commands: Record<string, Answer> = {
    get_app_state: () => this.state,
    save_settings: ({ settings }) => {
      this.state = { ...this.state, settings: settings as Settings };
      return settings;
    },
    save_provider: () => 'saved',
    set_keychain_policy: () => 'saved',
    reset: () => 'done',
  };

  constructor(settings: Pick<Settings, 'theme' | 'language'>) {
    this.state = {
      provider: PROVIDER,
      providerSource: 'file',
      canChangeProvider: true,
      configFile: '/home/ada/.config/dev.keyfob.desktop/keyfob.json',
      deepLinkScheme: 'dev.keyfob.desktop',
      settings: { ...settings, keepInTray: false, notifications: true },
      platform: 'linux',
      version: '0.1.0',
    };
  }
}
