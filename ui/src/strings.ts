import type { ErrorCode, FetchOutcome } from 'tauri-plugin-keyfob-api';
import { type SignInTexts, signInTexts } from 'tauri-plugin-keyfob-api/react/sign-in';

/** What happened, and what to do. */
export interface ErrorText {
  title: string;
  advice: string;
  /** The engine's own message says more: it names the file, the key or the address that it is about. */
  showsMessage?: true;
}

const TRY_AGAIN: Partial<Record<ErrorCode, string>> = {
  keychain_locked: 'Unlock and sign in',
  keychain_corrupt: 'Sign in',
};

/** Every word that the window says. Errors that come from the provider's own words are quoted, not translated. */
export const strings = {
  app: 'Keyfob',

  /** What our own words don't replace is said as the package says it. */
  signIn: {
    ...signInTexts,
    signedOut: 'Sign in to Keyfob',
    signedOutLead: 'Your browser opens to sign you in. Keyfob never sees your password.',
    openAppHint: 'If the browser asks whether to open Keyfob, allow it.',
    deepLinkFaults: {
      missing: 'This computer doesn’t know that Keyfob opens its sign-in links.',
      stale: 'This computer looks for Keyfob where it no longer is.',
      other: 'Another app opens Keyfob’s sign-in links on this computer.',
      not_dispatchable: 'This desktop doesn’t pass sign-in links on to Keyfob.',
    },
    mayNotReturn:
      'Install Keyfob anew, or register http://127.0.0.1/callback at the provider and set redirect to ["deepLink", "loopback"] in the configuration.',
    tryAgain: (code) => TRY_AGAIN[code] ?? 'Try again',
    announcements: { ...signInTexts.announcements, unavailable: 'Keyfob cannot start.' },
  } satisfies SignInTexts,

  promise: 'Your session is kept in this system’s keychain.',
  mayNotReturn: 'Your browser may not find its way back',

  whatIsWrong: {
    look: 'What’s wrong?',
    looking: 'Looking…',
    nothing: 'Nothing else was found.',
  },

  signedIn: {
    title: 'You are signed in',
    emailUnknown: 'No email address',
    callApi: 'Call the API',
    callingApi: 'Calling…',
    renew: 'Renew now',
    renewing: 'Renewing…',
    renewed: 'The access token was renewed.',
    signOut: 'Sign out',
    signingOut: 'Signing out…',
    line: {
      fresh: (provider: string) => `Signed in at ${provider}`,
      refreshing: (provider: string) => `Signed in at ${provider}, renewing`,
      stale: (provider: string) => `Signed in at ${provider}, not renewed yet`,
      offline: 'Offline. Keyfob tries again by itself.',
    },
    storageDegraded: {
      title: 'Your session is not in the keychain yet',
      detail:
        'The keychain doesn’t take it. Keyfob tries again by itself; if you close it now, you may have to sign in again.',
    },
  },

  tokenLife: {
    title: 'Access token',
    left: (duration: string) => `${duration} left`,
    renewable: 'Renewed for you in good time.',
    notRenewable: (time: string) => `Ends at ${time}. The provider allows no renewal.`,
    expired: 'Expired',
    expiredRenewable: 'The next call renews it.',
    expiredNotRenewable: 'Sign in again to get another.',
    endless: 'Valid',
    endlessDetail: 'The provider did not say until when.',
  },

  apiAnswer: {
    title: 'Answer of the API',
    empty: 'The answer has no body.',
    truncated: 'The rest is not shown.',
    outcomes: {
      cached: 'Token was fresh',
      refreshed: 'Token renewed first',
      replayed: 'Token renewed, sent again',
    } satisfies Record<FetchOutcome, string>,
  },

  errors: {
    not_configured: {
      title: 'No provider is set up yet',
      advice: 'Tell Keyfob which one to use, then start it again.',
      showsMessage: true,
    },
    invalid_configuration: {
      title: 'The configuration has a mistake',
      advice: 'Correct it, then start Keyfob again.',
      showsMessage: true,
    },
    provider_unreachable: {
      title: 'The provider can’t be reached',
      advice: 'Check your connection, or whether the provider is running, and try again.',
    },
    invalid_metadata: {
      title: 'The provider’s description can’t be used',
      advice: 'Ask whoever runs the provider, or check the issuer in the configuration.',
      showsMessage: true,
    },
    issuer_mismatch: {
      title: 'Another provider answered',
      advice: 'Nothing was sent to it. Check the issuer in the configuration.',
      showsMessage: true,
    },
    cancelled: { title: 'The sign-in was cancelled', advice: 'Sign in whenever you like.' },
    superseded: { title: 'Another sign-in took over', advice: 'Go on with the newer one.' },
    timeout: { title: 'It took too long', advice: 'Nothing has changed. Try again.' },
    access_denied: {
      title: 'The sign-in was refused',
      advice: 'You, or the provider, did not allow it. Sign in again to decide anew.',
    },
    authorization_failed: {
      title: 'The provider ended the sign-in',
      advice: 'Try again. If it stays so, ask whoever runs the provider.',
      showsMessage: true,
    },
    invalid_callback: {
      title: 'The browser’s answer was not for this sign-in',
      advice: 'It was ignored. Sign in again.',
      showsMessage: true,
    },
    browser_failed: {
      title: 'Your browser couldn’t be opened',
      advice: 'Set a default browser, or copy the link and open it yourself.',
    },
    loopback_unavailable: {
      title: 'The browser has no way back to Keyfob',
      advice: 'No port on this computer was free. Close other programs and try again.',
      showsMessage: true,
    },
    token_request_failed: {
      title: 'The provider gave no token',
      advice: 'Try again. If it stays so, ask whoever runs the provider.',
      showsMessage: true,
    },
    invalid_token_response: {
      title: 'The provider’s answer can’t be used',
      advice: 'Nothing was kept of it. Ask whoever runs the provider.',
      showsMessage: true,
    },
    invalid_id_token: {
      title: 'The provider’s answer failed a check',
      advice: 'You were not signed in. Check this computer’s clock, and try again.',
      showsMessage: true,
    },
    not_authenticated: { title: 'You are not signed in', advice: 'Sign in first.' },
    reauth_required: { title: 'Your session has ended', advice: 'Sign in again.' },
    loading: { title: 'Your session is still being restored', advice: 'Try again in a moment.' },
    offline: { title: 'You are offline', advice: 'Keyfob tries again once the network is back.' },
    missing_refresh_token: {
      title: 'This session can’t be renewed',
      advice: 'The provider allows no renewal. When the token expires, sign in again.',
    },
    interaction_required: {
      title: 'The provider wants to ask you something',
      advice: 'Sign out, then sign in again to answer it.',
    },
    keychain_locked: {
      title: 'The keychain is locked',
      advice: 'Keyfob keeps your session there. Unlock it to go on.',
    },
    keychain_unavailable: {
      title: 'No keychain was found',
      advice:
        'Keyfob keeps your session there. Start your system’s keychain (on Linux: GNOME Keyring or KWallet).',
      showsMessage: true,
    },
    keychain_corrupt: {
      title: 'The stored session can’t be read',
      advice: 'Sign in again to replace it.',
    },
    relative_url: {
      title: 'No API is set up',
      advice: 'Add apiBaseUrl to the configuration, then start Keyfob again.',
    },
    url_not_allowed: {
      title: 'This address may not receive a token',
      advice: 'Add its origin under resources in the configuration.',
      showsMessage: true,
    },
    network: {
      title: 'The API can’t be reached',
      advice: 'Check your connection, or whether the API is running, and try again.',
    },
    invalid_argument: {
      title: 'Keyfob asked itself for something impossible',
      advice: 'This is a fault of Keyfob. Please report it.',
      showsMessage: true,
    },
    permission_denied: {
      title: 'This window is not allowed to do that',
      advice: 'A permission is missing in the app’s capabilities.',
      showsMessage: true,
    },
    insufficient_scope: {
      title: 'The provider granted less than was asked for',
      advice: 'Check which scopes it allows this app.',
      showsMessage: true,
    },
    audience_mismatch: {
      title: 'The provider answered for another API',
      advice: 'Check which audiences it allows this app.',
      showsMessage: true,
    },
    not_cached: {
      title: 'No token is at hand',
      advice: 'Ask again, and let it be renewed.',
    },
    busy: {
      title: 'Another Keyfob is renewing your session',
      advice: 'Wait a moment, then try again.',
    },
    proxy_authentication_required: {
      title: 'Your network’s proxy wants a password',
      advice: 'Sign in to the proxy, or ask whoever runs your network.',
    },
    certificate_untrusted: {
      title: 'This connection can’t be trusted',
      advice: 'If your network inspects traffic, its certificate has to be installed on this system.',
      showsMessage: true,
    },
    account_mismatch: {
      title: 'Somebody else signed in',
      advice: 'Nothing has changed. Try again as the person who is asked.',
    },
    account_not_found: {
      title: 'This account is not signed in',
      advice: 'Sign in with it again.',
    },
    proof_refused: {
      title: 'The API doesn’t take your access',
      advice: 'Check that this device’s clock is right, and try again.',
    },
    keychain_newer: {
      title: 'A newer version has kept your session',
      advice: 'Update this app to use it.',
    },
    internal: {
      title: 'Something went wrong',
      advice: 'This is a fault of Keyfob. Try again, and report it if it stays so.',
      showsMessage: true,
    },
    not_in_tauri: {
      title: 'This is not the Keyfob app',
      advice: 'Open the app: this page does nothing in a browser.',
    },
  } satisfies Record<ErrorCode, ErrorText>,
};
