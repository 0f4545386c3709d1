import type { AccessTokenAnswer } from './bindings.js';
import type { Session } from './session.js';
import { sessionError } from './session-error.js';

/** What can be seen of the sign-in's own access token. */
export interface TokenView {
  /** The last token there was. It may lag: for one that is valid now, call `getAccessToken()`. */
  readonly accessToken: string | undefined;
  /**
   * True while nobody knows yet who is signed in, until the first token is there, and during a `refresh()`. Never for
   * what happens in the background.
   */
  readonly loading: boolean;
  /** Why there is no fresh token. The same object for as long as the reason is the same. */
  readonly error: Error | null;
}

/** What a view is made of, beside the session. */
export interface TokenState {
  readonly token?: AccessTokenAnswer | undefined;
  /** Whether somebody has asked for a refresh and waits. */
  readonly isRefreshing?: boolean;
  readonly error?: Error | null;
  /** Whether the window may have no token at all. */
  readonly isDenied?: boolean;
}

/** What there is to see in a session. */
export function viewOf(session: Session, state: TokenState = {}): TokenView {
  const { token, isRefreshing: loading = false, error = null, isDenied = false } = state;
  const accessToken = token?.token;
  switch (session.status) {
    case 'loading':
      return { accessToken: undefined, loading: true, error };
    case 'signed_out':
    case 'unavailable':
      return { accessToken: undefined, loading: false, error: sessionError(session) };
    case 'reauth_required': {
      const isExpired = token?.expires_in === 0;
      return { accessToken: isExpired ? undefined : accessToken, loading, error: sessionError(session) };
    }
    case 'signed_in': {
      const isFirst = !accessToken && !error && !isDenied;
      return { accessToken, loading: loading || isFirst, error };
    }
  }
}

/** Whether nobody would see a difference. */
export function isSameView(left: TokenView, right: TokenView): boolean {
  return (
    left.accessToken === right.accessToken && left.loading === right.loading && left.error === right.error
  );
}
