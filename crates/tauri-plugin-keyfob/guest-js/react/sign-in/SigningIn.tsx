import type { PendingSignIn } from '../../bindings.js';
import type { Session } from '../../session.js';
import { cancelSignIn, openAuthorizationUrl } from '../../sign-in.js';
import { ActionButton } from './buttons.js';
import { CopyLink } from './CopyLink.js';
import { FailureNotice } from './FailureNotice.js';
import { PasteAddress } from './PasteAddress.js';
import { useKit } from './parts.js';
import type { SignInTexts } from './texts.js';
import { useAction } from './useAction.js';

/** The person is in their browser: what may be needed until they are back, and signed in. */
export function SigningIn({ session, pending }: { session: Session; pending: PendingSignIn }) {
  const { parts, texts, titleId } = useKit();
  const cancel = useAction(() => cancelSignIn());
  return (
    <parts.Screen state="signing_in" session={session} titleId={titleId}>
      <parts.Title id={titleId}>{pending.answered ? texts.answered : texts.signingIn}</parts.Title>
      <FailureNotice failure={cancel.error} />
      {!pending.answered && <InTheBrowser pending={pending} />}
      <parts.Actions name="leave">
        <ActionButton name="cancel" action={cancel}>
          {texts.cancel}
        </ActionButton>
      </parts.Actions>
    </parts.Screen>
  );
}

function InTheBrowser({ pending }: { pending: PendingSignIn }) {
  const { parts, texts } = useKit();
  const openAgain = useAction(() => openAuthorizationUrl());
  return (
    <>
      <parts.Text>{texts.signingInLead}</parts.Text>
      <FailureNotice failure={openAgain.error} />
      <DeepLinkWarning pending={pending} />
      <parts.Hints hints={hintsFor(pending, texts)} />
      <parts.Actions name="browser">
        <ActionButton name="open-again" action={openAgain}>
          {texts.openAgain}
        </ActionButton>
        <CopyLink key={pending.id} />
      </parts.Actions>
      {/* A deep link leaves no address. */}
      {pending.redirect !== 'deep_link' && <PasteAddress key={pending.id} />}
    </>
  );
}

/** Where links may not arrive and nothing stands in. */
function DeepLinkWarning({ pending: { deepLinkFault, redirect } }: { pending: PendingSignIn }) {
  const { parts, texts } = useKit();
  if (!deepLinkFault || redirect === 'loopback') return null;
  return (
    <parts.Warning fault={deepLinkFault}>
      <parts.Text>{texts.deepLinkFaults[deepLinkFault]}</parts.Text>
      <parts.Text>{texts.mayNotReturn}</parts.Text>
    </parts.Warning>
  );
}

function hintsFor({ redirect, deepLinkFault, deadline }: PendingSignIn, texts: SignInTexts) {
  const hints = [];
  if (redirect !== 'loopback') {
    const isLinux = /linux/i.test(navigator.userAgent);
    hints.push({ name: 'question', text: isLinux ? texts.linuxHint : texts.openAppHint });
  } else if (deepLinkFault) {
    hints.push({ name: 'stands-in', text: `${texts.deepLinkFaults[deepLinkFault]} ${texts.standsIn}` });
  }
  hints.push({ name: 'tab', text: texts.tabHint });
  hints.push({ name: 'deadline', text: texts.deadline(timeOfDay(deadline)) });
  return hints;
}

/** In the language of the page, as this system's region writes it. */
function timeOfDay(seconds: number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(seconds * 1000);
}

function locale(): string | undefined {
  const language = languageOf(document.documentElement.lang);
  return navigator.languages.find((tag) => languageOf(tag) === language) ?? language;
}

function languageOf(tag: string): string | undefined {
  return /^[a-z]{2,3}(?=-|$)/i.exec(tag)?.[0];
}
