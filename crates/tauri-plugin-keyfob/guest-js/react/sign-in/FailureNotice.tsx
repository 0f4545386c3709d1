import { type SignInFailure, useKit } from './parts.js';

/** What happened and what to do. Nothing, for what the person did themselves. */
export function FailureNotice({ failure }: { failure: SignInFailure | null }) {
  const { parts } = useKit();
  if (!failure || failure.code === 'cancelled' || failure.code === 'superseded') return null;
  return (
    <parts.Failure failure={failure} isWhole={false}>
      <FailureTexts failure={failure} />
    </parts.Failure>
  );
}

/** The engine's words, and the provider's where it had any. */
export function FailureTexts({ failure }: { failure: SignInFailure }) {
  const { parts, texts } = useKit();
  return (
    <>
      <parts.Text>{failure.message}</parts.Text>
      {failure.oauthErrorDescription && (
        <parts.Text>{texts.providerSays(failure.oauthErrorDescription)}</parts.Text>
      )}
    </>
  );
}
