import type { ErrorCode } from 'tauri-plugin-keyfob-api';
import { Button } from '../components/Button';
import { ErrorDetails, ErrorNotice, type ShownError } from '../components/ErrorNotice';
import { AlertIcon, LockIcon } from '../components/icons';
import { Emblem, Heading, Screen } from '../components/Screen';
import type { Action } from '../hooks/useAction';
import type { UnavailableSession } from '../session';
import { strings } from '../strings';

interface UnavailableProps {
  session: UnavailableSession;
  signIn: Action;
  error: ShownError | null;
}

/** There is no knowing whether somebody is signed in: why, and what to do. */
export function Unavailable({ session, signIn, error }: UnavailableProps) {
  const isKeychain = session.code.startsWith('keychain_');
  const hasNews = error !== null && error.code !== session.code;
  return (
    <Screen name="unavailable">
      <Emblem tone="bad">
        {session.code === 'keychain_locked' ? (
          <LockIcon className="size-6" />
        ) : (
          <AlertIcon className="size-6" />
        )}
      </Emblem>
      <div role="alert" data-testid="error" data-code={session.code}>
        <Heading>{strings.errors[session.code].title}</Heading>
        <div className="mt-1.5 text-ink-soft">
          <ErrorDetails error={session} />
        </div>
      </div>
      {hasNews && <ErrorNotice error={error} />}
      {isKeychain && (
        <div className="mt-6">
          <Button look="primary" wide data-testid="sign-in" busy={signIn.busy} onClick={signIn.run}>
            {signInLabel(session.code)}
          </Button>
        </div>
      )}
    </Screen>
  );
}

/** A click may ask the person to unlock the keychain; nothing else may. */
function signInLabel(code: ErrorCode): string {
  const labels: Partial<Record<ErrorCode, string>> & { other: string } = strings.unavailable.signIn;
  return labels[code] ?? labels.other;
}
