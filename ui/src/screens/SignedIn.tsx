import { useState } from 'react';
import { refresh, signOut } from 'tauri-plugin-keyfob-api';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { useAction } from 'tauri-plugin-keyfob-api/react/sign-in';
import { type ApiAnswer, callApi } from '../api';
import { Announcer } from '../components/Announcer';
import { ApiAnswerPanel } from '../components/ApiAnswerPanel';
import { Button } from '../components/Button';
import { ErrorNotice } from '../components/ErrorNotice';
import { Person } from '../components/Person';
import { Heading, Screen } from '../components/Screen';
import { SessionLine } from '../components/SessionLine';
import { StorageNotice } from '../components/StorageNotice';
import { TokenLife } from '../components/TokenLife';
import type { SignedInSession } from '../session';
import { strings } from '../strings';

export function SignedIn() {
  const { session } = useSession();
  return session.status === 'signed_in' && <Home session={session} />;
}

function Home({ session }: { session: SignedInSession }) {
  const { signedIn } = strings;
  const [answer, setAnswer] = useState<ApiAnswer | null>(null);
  const [renewals, setRenewals] = useState(0);
  const call = useAction(async () => setAnswer(await callApi()));
  const renew = useAction(async () => {
    await refresh();
    setRenewals((count) => count + 1);
  });
  const leave = useAction(() => signOut());

  return (
    <Screen name="signed-in">
      <Heading unseen>{signedIn.title}</Heading>
      <Person user={session.user}>
        <SessionLine session={session} />
      </Person>
      <div className="mt-6">
        <TokenLife expiresAt={session.expiresAt} renewable={session.renewable} />
      </div>
      <StorageNotice session={session} />
      <ErrorNotice error={leave.error ?? renew.error ?? call.error} />
      <div className="mt-4 grid grid-cols-2 gap-2">
        <Button look="primary" data-testid="call-api" busy={call.busy} onClick={call.run}>
          {call.busy ? signedIn.callingApi : signedIn.callApi}
        </Button>
        <Button data-testid="refresh" busy={renew.busy} onClick={renew.run}>
          {renew.busy ? signedIn.renewing : signedIn.renew}
        </Button>
      </div>
      {answer && !call.error && <ApiAnswerPanel answer={answer} />}
      <div className="mt-2 -mb-3">
        <Button look="quiet" wide data-testid="sign-out" busy={leave.busy} onClick={leave.run}>
          {leave.busy ? signedIn.signingOut : signedIn.signOut}
        </Button>
      </div>
      <Announcer>{renewals > 0 && <span key={renewals}>{signedIn.renewed}</span>}</Announcer>
    </Screen>
  );
}
