import type { ReactNode } from 'react';
import { signIn } from 'tauri-plugin-keyfob-api';
import { type Auth, useAuth, useSession } from 'tauri-plugin-keyfob-api/react';
import { Announcer } from './components/Announcer';
import { useAction } from './hooks/useAction';
import { Loading } from './screens/Loading';
import { ReauthRequired } from './screens/ReauthRequired';
import { SignedIn } from './screens/SignedIn';
import { SignedOut } from './screens/SignedOut';
import { SigningIn } from './screens/SigningIn';
import { Unavailable } from './screens/Unavailable';
import { strings } from './strings';

/** The one place that decides which screen is shown. */
export function App() {
  const { status } = useAuth();
  return (
    <>
      <CurrentScreen status={status} />
      <Announcer>{strings.announcements[status]}</Announcer>
    </>
  );
}

function CurrentScreen({ status }: { status: Auth['status'] }): ReactNode {
  const { session, signIn: pending, signInError } = useSession();
  // Kept here, as it outlives the screen that it was started on.
  const attempt = useAction(() => signIn());
  const error = signInError ?? attempt.error;

  if (status === 'signing_in' && pending) return <SigningIn pending={pending} />;
  switch (session.status) {
    case 'loading':
      return <Loading />;
    case 'signed_out':
      return <SignedOut signIn={attempt} error={error} />;
    case 'signed_in':
      return <SignedIn session={session} />;
    case 'reauth_required':
      return <ReauthRequired session={session} signIn={attempt} error={error} />;
    case 'unavailable':
      return <Unavailable session={session} signIn={attempt} error={error} />;
  }
}
