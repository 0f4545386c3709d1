import { signOut } from 'tauri-plugin-keyfob-api';
import { Button } from '../components/Button';
import { ErrorNotice, type ShownError } from '../components/ErrorNotice';
import { Person } from '../components/Person';
import { Heading, Lead, Screen } from '../components/Screen';
import { type Action, useAction } from '../hooks/useAction';
import type { ReauthSession } from '../session';
import { strings } from '../strings';

interface ReauthRequiredProps {
  session: ReauthSession;
  signIn: Action;
  error: ShownError | null;
}

/** The same person has to sign in once more. */
export function ReauthRequired({ session, signIn, error }: ReauthRequiredProps) {
  const { reauthRequired, signedOut } = strings;
  const leave = useAction(() => signOut());
  return (
    <Screen name="reauth-required">
      <Person user={session.user} />
      <div className="mt-6">
        <Heading>{reauthRequired.title}</Heading>
        <Lead>{reauthRequired.reasons[session.reason]}</Lead>
      </div>
      <ErrorNotice error={error ?? leave.error} />
      <div className="mt-6 -mb-3 grid gap-2">
        <Button look="primary" wide data-testid="sign-in" busy={signIn.busy} onClick={signIn.run}>
          {signIn.busy ? signedOut.opening : reauthRequired.signIn}
        </Button>
        <Button look="quiet" wide data-testid="sign-out" busy={leave.busy} onClick={leave.run}>
          {reauthRequired.signOut}
        </Button>
      </div>
    </Screen>
  );
}
