import { signOut } from '../../sign-in.js';
import { ActionButton, SignInButtons } from './buttons.js';
import { FailureNotice } from './FailureNotice.js';
import { type SessionIn, type SignInFailure, useKit } from './parts.js';
import { type Action, useAction } from './useAction.js';

interface ReauthRequiredProps {
  session: SessionIn<'reauth_required'>;
  attempt: Action;
  failure: SignInFailure | null;
}

/** The same person has to sign in once more. */
export function ReauthRequired({ session, attempt, failure }: ReauthRequiredProps) {
  const { parts, texts, titleId } = useKit();
  const leave = useAction(() => signOut());
  return (
    <parts.Screen state="reauth_required" session={session} titleId={titleId}>
      <parts.Title id={titleId}>{texts.reauthRequired}</parts.Title>
      <parts.Text>{texts.reasons[session.reason]}</parts.Text>
      <FailureNotice failure={failure ?? leave.error} />
      <parts.Actions name="main">
        <SignInButtons attempt={attempt}>{texts.signInAgain}</SignInButtons>
        <ActionButton name="sign-out" action={leave}>
          {texts.signOut}
        </ActionButton>
      </parts.Actions>
    </parts.Screen>
  );
}
