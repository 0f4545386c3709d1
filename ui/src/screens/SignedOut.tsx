import { cancelSignIn } from 'tauri-plugin-keyfob-api';
import { Button } from '../components/Button';
import { ErrorNotice, type ShownError } from '../components/ErrorNotice';
import { KeyIcon, LockIcon } from '../components/icons';
import { Emblem, Heading, Lead, Screen } from '../components/Screen';
import { type Action, useAction } from '../hooks/useAction';
import { strings } from '../strings';

export function SignedOut({ signIn, error }: { signIn: Action; error: ShownError | null }) {
  const { signedOut } = strings;
  return (
    <Screen name="signed-out">
      <Emblem>
        <KeyIcon className="size-6" />
      </Emblem>
      <Heading>{signedOut.title}</Heading>
      <Lead>{signedOut.lead}</Lead>
      <ErrorNotice error={error} />
      <div className="mt-6 grid gap-2">
        <Button look="primary" wide data-testid="sign-in" busy={signIn.busy} onClick={signIn.run}>
          {signIn.busy ? signedOut.opening : signedOut.signIn}
        </Button>
        {signIn.busy && <CancelButton />}
      </div>
      <p className="mt-6 flex items-center gap-2 text-ink-soft text-sm">
        <LockIcon className="size-4 shrink-0" />
        {signedOut.promise}
      </p>
    </Screen>
  );
}

/** Finding the provider can take as long as a slow network does. */
function CancelButton() {
  const cancel = useAction(() => cancelSignIn());
  return (
    <Button look="quiet" wide data-testid="cancel-sign-in" busy={cancel.busy} onClick={cancel.run}>
      {strings.signedOut.cancel}
    </Button>
  );
}
