import { SignInButtons } from './buttons.js';
import { FailureNotice } from './FailureNotice.js';
import { type SessionIn, type SignInFailure, useKit } from './parts.js';
import type { Action } from './useAction.js';

interface SignedOutProps {
  session: SessionIn<'signed_out'>;
  attempt: Action;
  failure: SignInFailure | null;
}

/** Nobody is signed in. */
export function SignedOut({ session, attempt, failure }: SignedOutProps) {
  const { parts, texts, titleId } = useKit();
  return (
    <parts.Screen state="signed_out" session={session} titleId={titleId}>
      <parts.Title id={titleId}>{texts.signedOut}</parts.Title>
      <parts.Text>{texts.signedOutLead}</parts.Text>
      <FailureNotice failure={failure} />
      <parts.Actions name="main">
        <SignInButtons attempt={attempt}>{texts.signIn}</SignInButtons>
      </parts.Actions>
    </parts.Screen>
  );
}
