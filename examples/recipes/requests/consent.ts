import { isKeyfobError, signIn } from 'tauri-plugin-keyfob-api';

/** Does something; where the person has to consent or to prove more, signs them in for that, and does it once more. */
export async function withSignIn<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isKeyfobError(error) || !error.signIn) throw error;
    await signIn(error.signIn);
    return act();
  }
}
