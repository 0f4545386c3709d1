import { type SessionIn, useKit } from './parts.js';

/** Nobody is asked to sign in who may be signed in already. */
export function Loading({ session }: { session: SessionIn<'loading'> }) {
  const { parts, texts, titleId } = useKit();
  return (
    <parts.Screen state="loading" session={session} titleId={titleId}>
      <parts.Text>{texts.loading}</parts.Text>
    </parts.Screen>
  );
}
