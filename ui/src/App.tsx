import { KeyfobSignIn } from 'tauri-plugin-keyfob-api/react/sign-in';
import { SignedIn } from './screens/SignedIn';
import { signInParts } from './screens/signInParts';
import { strings } from './strings';

/** Signing in, and what is there for who has. */
export function App() {
  return (
    <KeyfobSignIn parts={signInParts} texts={strings.signIn}>
      <SignedIn />
    </KeyfobSignIn>
  );
}
