import { ActionButton } from './buttons.js';
import { FailureNotice, FailureTexts } from './FailureNotice.js';
import { type SessionIn, type SignInFailure, useKit } from './parts.js';
import type { Action } from './useAction.js';

interface UnavailableProps {
  session: SessionIn<'unavailable'>;
  attempt: Action;
  failure: SignInFailure | null;
}

/** There is no knowing whether somebody is signed in: why, and what to do. */
export function Unavailable({ session, attempt, failure }: UnavailableProps) {
  const { parts, texts, titleId } = useKit();
  const isNews = failure?.code !== session.code;
  return (
    <parts.Screen state="unavailable" session={session} titleId={titleId}>
      <parts.Failure failure={session} isWhole>
        <parts.Title id={titleId}>{texts.unavailable}</parts.Title>
        <FailureTexts failure={session} />
      </parts.Failure>
      {isNews && <FailureNotice failure={failure} />}
      {/* A click may ask the person to unlock the keychain; nothing else may. */}
      {session.code.startsWith('keychain_') && (
        <parts.Actions name="main">
          <ActionButton name="sign-in" action={attempt}>
            {texts.tryAgain(session.code)}
          </ActionButton>
        </parts.Actions>
      )}
    </parts.Screen>
  );
}
