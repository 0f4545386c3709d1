import { cancelSignIn, openAuthorizationUrl, type PendingSignIn } from 'tauri-plugin-keyfob-api';
import { Button } from '../components/Button';
import { CopyLink } from '../components/CopyLink';
import { ErrorNotice } from '../components/ErrorNotice';
import { BrowserIcon } from '../components/icons';
import { PasteAddress } from '../components/PasteAddress';
import { Emblem, Heading, Lead, Screen } from '../components/Screen';
import { timeOfDay } from '../format';
import { useAction } from '../hooks/useAction';
import { strings } from '../strings';

/** The person is in their browser: what may be needed until they are back. */
export function SigningIn({ pending }: { pending: PendingSignIn }) {
  const { signingIn } = strings;
  const openAgain = useAction(() => openAuthorizationUrl());
  const cancel = useAction(() => cancelSignIn());
  return (
    <Screen name="signing-in">
      <Emblem>
        <BrowserIcon className="size-6 animate-breathe" />
      </Emblem>
      <Heading>{signingIn.title}</Heading>
      <Lead>{signingIn.lead}</Lead>
      <ErrorNotice error={openAgain.error ?? cancel.error} />
      <DeepLinkNotice pending={pending} />
      <Hints pending={pending} />
      <div className="mt-6 grid grid-cols-2 gap-2">
        <Button data-testid="open-again" busy={openAgain.busy} onClick={openAgain.run}>
          {signingIn.openAgain}
        </Button>
        <CopyLink key={pending.id} />
      </div>
      {pending.redirect !== 'deep_link' && <PasteAddress key={pending.id} />}
      <div className="mt-2 -mb-3">
        <Button look="quiet" wide data-testid="cancel-sign-in" busy={cancel.busy} onClick={cancel.run}>
          {signingIn.cancel}
        </Button>
      </div>
    </Screen>
  );
}

/** Where links may not arrive and nothing stands in. */
function DeepLinkNotice({ pending }: { pending: PendingSignIn }) {
  const { deepLinkFaults, mayNotReturn } = strings.signingIn;
  if (!pending.deepLinkFault || pending.redirect === 'loopback') return null;
  return (
    <div
      role="alert"
      data-testid="deep-link-fault"
      data-fault={pending.deepLinkFault}
      className="my-5 rounded-lg border border-bad-line bg-bad-soft px-4 py-3 text-sm"
    >
      <p className="font-semibold text-bad">{mayNotReturn.title}</p>
      <p className="mt-1 text-pretty">{deepLinkFaults[pending.deepLinkFault]}</p>
      <p className="mt-1 text-pretty">{mayNotReturn.advice}</p>
    </div>
  );
}

function Hints({ pending }: { pending: PendingSignIn }) {
  const { signingIn } = strings;
  const asksToOpen = pending.redirect !== 'loopback';
  const fault = asksToOpen ? null : pending.deepLinkFault;
  const question = /linux/i.test(navigator.userAgent) ? signingIn.linuxHint : signingIn.otherHint;
  return (
    <ul className="mt-5 grid list-disc gap-1.5 pl-4 text-ink-soft text-sm marker:text-line-strong">
      {asksToOpen && <li>{question}</li>}
      {fault && (
        <li data-testid="stands-in">
          {signingIn.deepLinkFaults[fault]} {signingIn.standsIn}
        </li>
      )}
      <li>{signingIn.tabHint}</li>
      <li>{signingIn.deadline(timeOfDay(pending.deadline))}</li>
    </ul>
  );
}
