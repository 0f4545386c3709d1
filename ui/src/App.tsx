import { useCallback, useMemo, useState } from 'react';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { KeyfobSignIn } from 'tauri-plugin-keyfob-api/react/sign-in';
import { Home } from './screens/home/Home';
import { signInParts } from './screens/signIn/signInParts';
import { useSignInTexts } from './screens/signIn/useSignInTexts';
import { NavigationContext, needsSession, type ViewName } from './shell/navigation';
import { Shell } from './shell/Shell';
import { useViewShortcuts } from './shell/useViewShortcuts';

/** Signing in, and what is there for who has. */
export function App() {
  const [view, setView] = useState<ViewName>('home');
  const go = useCallback((to: ViewName) => setView(to), []);
  useViewShortcuts(go);
  const navigation = useMemo(() => ({ view, go }), [view, go]);
  return (
    <NavigationContext value={navigation}>
      {needsSession(view) ? <WithSession view={view} /> : <Shell>{null}</Shell>}
    </NavigationContext>
  );
}

function WithSession({ view }: { view: ViewName }) {
  const texts = useSignInTexts();
  const { session } = useSession();
  return (
    <KeyfobSignIn parts={signInParts} texts={texts}>
      {session.status === 'signed_in' && <Shell>{view === 'home' && <Home session={session} />}</Shell>}
    </KeyfobSignIn>
  );
}
