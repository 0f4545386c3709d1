import { useAuth } from 'tauri-plugin-keyfob-api/react';

/** As much of an app as a person needs to sign in and out, under the names that the harness knows from the real one. */
export function Bench() {
  const { status, user, error, signIn, signOut } = useAuth();
  const start = () => void signIn().catch(() => undefined);
  return (
    <main data-screen={status.replace('_', '-')}>
      <p data-testid="user">{user?.sub}</p>
      <p data-testid="error">{error?.message}</p>
      <button type="button" data-testid="sign-in" onClick={start}>
        Sign in
      </button>
      <button type="button" data-testid="sign-out" onClick={() => void signOut()}>
        Sign out
      </button>
    </main>
  );
}
