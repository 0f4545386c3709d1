import {
  type ComponentType,
  lazy,
  Suspense,
  startTransition,
  useCallback,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { KeyfobSignIn } from 'tauri-plugin-keyfob-api/react/sign-in';
import { useAppState } from './appState';
import { useStartMark } from './hooks/useStartMark';
import { Home } from './screens/home/Home';
import { SignInCorner } from './screens/signIn/SignInCorner';
import { signInParts } from './screens/signIn/signInParts';
import { useSignInTexts } from './screens/signIn/useSignInTexts';
import { NavigationContext, needsSession, type ViewName } from './shell/navigation';
import { Shell } from './shell/Shell';
import { useViewShortcuts } from './shell/useViewShortcuts';

// What isn't seen at the start isn't waited for then.
const VIEWS: Record<Exclude<ViewName, 'home'>, ComponentType> = {
  connect: lazy(() => import('./screens/connect/Connect').then((it) => ({ default: it.Connect }))),
  console: lazy(() => import('./screens/console/Console').then((it) => ({ default: it.Console }))),
  timeline: lazy(() => import('./screens/timeline/Timeline').then((it) => ({ default: it.Timeline }))),
  diagnostics: lazy(() =>
    import('./screens/diagnostics/Diagnostics').then((it) => ({ default: it.Diagnostics })),
  ),
  settings: lazy(() => import('./screens/settings/Settings').then((it) => ({ default: it.Settings }))),
};

/** Signing in, and what is there for who has. */
export function App() {
  const [view, setView] = useState<ViewName>('home');
  // The view before stays until the next one is there.
  const go = useCallback((to: ViewName) => startTransition(() => setView(to)), []);
  useStartMark();
  useViewShortcuts(go);
  useHomeAfterSignOut(go);
  const navigation = useMemo(() => ({ view, go }), [view, go]);
  return (
    <NavigationContext value={navigation}>
      <Suspense>{needsSession(view) ? <WithSession view={view} /> : <InShell view={view} />}</Suspense>
    </NavigationContext>
  );
}

function WithSession({ view }: { view: ViewName }) {
  const texts = useSignInTexts();
  const { session } = useSession();
  const { providerSource, canChangeProvider } = useAppState();
  if (providerSource === 'none' && canChangeProvider) return <FirstRun />;
  return (
    <KeyfobSignIn parts={signInParts} texts={texts}>
      {session.status === 'signed_in' && <InShell view={view} />}
    </KeyfobSignIn>
  );
}

function FirstRun() {
  return (
    <>
      <VIEWS.connect />
      <SignInCorner />
    </>
  );
}

function InShell({ view }: { view: ViewName }) {
  const { session } = useSession();
  if (view !== 'home') {
    const View = VIEWS[view];
    return (
      <Shell>
        <View />
      </Shell>
    );
  }
  return (
    session.status === 'signed_in' && (
      <Shell>
        <Home session={session} />
      </Shell>
    )
  );
}

/** Whoever signs in next begins where everybody does. */
function useHomeAfterSignOut(go: (view: ViewName) => void): void {
  const { session } = useSession();
  useEffect(() => {
    if (session.status === 'signed_out') go('home');
  }, [session.status, go]);
}
