import { onSessionChange, signIn, signOut } from 'tauri-plugin-keyfob-api';

/** Keeps a button up to date: it names who is signed in, and signs in and out. */
export function bindButton(button: HTMLButtonElement): () => void {
  return onSessionChange(({ session }) => {
    const isSignedIn = session.status === 'signed_in';
    button.disabled = session.status === 'loading';
    button.textContent = isSignedIn ? `Sign out ${session.user.name}` : 'Sign in';
    button.onclick = () => (isSignedIn ? signOut() : signIn().catch(({ message }) => alert(message)));
  });
}
