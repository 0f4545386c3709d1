import type { SignInFailure } from 'tauri-plugin-keyfob-api/react/sign-in';
import { type ErrorText, strings } from '../strings';

/** What happened and what to do. Nothing, for what the person did themselves. */
export function ErrorNotice({ error }: { error: SignInFailure | null }) {
  if (!error || error.code === 'cancelled' || error.code === 'superseded') return null;
  const { title } = strings.errors[error.code];
  return (
    <div
      role="alert"
      data-testid="error"
      data-code={error.code}
      className="my-5 rounded-lg border border-bad-line bg-bad-soft px-4 py-3 text-sm"
    >
      <p className="font-semibold text-bad">{title}</p>
      <ErrorDetails error={error} />
    </div>
  );
}

/** The lines below an error's title. */
export function ErrorDetails({ error }: { error: SignInFailure }) {
  const { advice, showsMessage }: ErrorText = strings.errors[error.code];
  return (
    <>
      <p className="mt-1 text-pretty">{advice}</p>
      {showsMessage && (
        <p
          className="quotable mt-2.5 line-clamp-6 break-words border-line-strong border-l-2 pl-3 text-ink text-sm"
          title={error.message}
        >
          {error.message}
        </p>
      )}
      {error.oauthErrorDescription && (
        <p
          className="quotable mt-2.5 line-clamp-3 break-words border-line-strong border-l-2 pl-3 text-ink text-sm"
          title={error.oauthErrorDescription}
        >
          {strings.signIn.providerSays(error.oauthErrorDescription)}
        </p>
      )}
    </>
  );
}
