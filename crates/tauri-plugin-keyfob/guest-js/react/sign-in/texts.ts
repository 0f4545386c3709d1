import type { DeepLinkFault, ReauthReason, Submission } from '../../bindings.js';
import type { ErrorCode } from '../../errors.js';
import type { Auth } from '../useAuth.js';

/** Every word that `KeyfobSignIn` says by itself. What the engine and the provider say is shown as it came. */
export interface SignInTexts {
  /** While nobody knows yet whether somebody is signed in. */
  readonly loading: string;
  readonly signedOut: string;
  readonly signedOutLead: string;
  readonly signIn: string;
  /** On the button, until the browser is open. */
  readonly opening: string;
  readonly cancel: string;
  readonly signingIn: string;
  readonly signingInLead: string;
  /** The browser is back. */
  readonly answered: string;
  readonly openAgain: string;
  readonly copyLink: string;
  readonly copied: string;
  /** Above the link, where it can't be copied for the person. */
  readonly copyByHand: string;
  /** The question that browsers on Linux ask before they come back, and what to answer. */
  readonly linuxHint: string;
  /** The same for other systems. */
  readonly openAppHint: string;
  readonly tabHint: string;
  /** Until when the sign-in waits. */
  readonly deadline: (time: string) => string;
  /** Why links of the app's scheme don't reach it. */
  readonly deepLinkFaults: Readonly<Record<DeepLinkFault, string>>;
  /** After one of `deepLinkFaults`, where a listener stands in. */
  readonly standsIn: string;
  /** After one of `deepLinkFaults`, where nothing does. */
  readonly mayNotReturn: string;
  readonly pasteAddress: string;
  readonly submitAddress: string;
  /** What became of the address that was pasted. */
  readonly submissions: Readonly<Record<Submission, string>>;
  readonly reauthRequired: string;
  /** Why the session ended. */
  readonly reasons: Readonly<Record<ReauthReason, string>>;
  readonly signInAgain: string;
  readonly signOut: string;
  readonly unavailable: string;
  /** On the button, where signing in may help: a keychain that is locked, missing or damaged. */
  readonly tryAgain: (code: ErrorCode) => string;
  /** Around words of the provider's own. */
  readonly providerSays: (words: string) => string;
  /** What a screen reader says when the state changes. */
  readonly announcements: Readonly<Record<Auth['status'], string>>;
}

/** The English words: what a translation starts from. */
export const signInTexts: SignInTexts = {
  loading: 'Restoring your session',
  signedOut: 'Sign in',
  signedOutLead: 'Your browser opens to sign you in. This app never sees your password.',
  signIn: 'Sign in',
  opening: 'Opening your browser…',
  cancel: 'Cancel',
  signingIn: 'Continue in your browser',
  signingInLead: 'Sign in there, and you will be brought back here.',
  answered: 'Signing you in…',
  openAgain: 'Open it again',
  copyLink: 'Copy the link',
  copied: 'Copied',
  copyByHand: 'Copy this link into a browser:',
  linuxHint: 'If the browser asks “Open xdg-open?”, choose Open.',
  openAppHint: 'If the browser asks whether to open this app, allow it.',
  tabHint: 'The tab may stay open afterwards. You can close it.',
  deadline: (time) => `This sign-in waits until ${time}.`,
  deepLinkFaults: {
    missing: 'This computer doesn’t know which app opens these sign-in links.',
    stale: 'This computer looks for the app where it no longer is.',
    other: 'Another app opens these sign-in links on this computer.',
    not_dispatchable: 'This desktop doesn’t pass sign-in links on to the app.',
  },
  standsIn: 'So the browser comes back through an address on this computer instead.',
  mayNotReturn: 'Your browser may not find its way back. Install the app anew.',
  pasteAddress: 'Signed in, but not brought back? Paste the address of the browser’s last page:',
  submitAddress: 'Continue',
  submissions: {
    accepted: 'Thank you. Signing you in…',
    not_an_address: 'This is no address. Copy all that stands in the browser’s address bar.',
    another_address:
      'This page is not the last one. Finish signing in, then copy the address of the page that comes after.',
    not_awaited:
      'This address belongs to a sign-in that is over. Choose “Open it again”, and use the new page.',
  },
  reauthRequired: 'Please sign in again',
  reasons: {
    refresh_token_rejected: 'The provider has ended your session.',
    no_refresh_token: 'Your session has run out, and the provider allows no renewal.',
    refresh_response_lost:
      'The connection broke while your session was being renewed, and the provider ended it.',
    identity_changed: 'The provider answered with a different person, so your session was ended.',
  },
  signInAgain: 'Sign in again',
  signOut: 'Sign out',
  unavailable: 'You can’t sign in now',
  tryAgain: () => 'Try again',
  providerSays: (words) => `The provider says: “${words}”`,
  announcements: {
    loading: '',
    signed_out: 'You are signed out.',
    signing_in: 'Waiting for your browser.',
    signed_in: 'You are signed in.',
    reauth_required: 'You need to sign in again.',
    unavailable: 'You can’t sign in now.',
  },
};
