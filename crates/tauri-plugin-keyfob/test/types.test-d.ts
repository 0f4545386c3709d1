import { describe, expectTypeOf, test } from 'vitest';
import {
  type AccessTokenError,
  type AccessTokenOptions,
  type AccessTokenResponse,
  createAuthenticatedFetch,
  dpopProof,
  type ErrorCode,
  FetchError,
  type FullResponse,
  getAccessToken,
  isKeyfobError,
  type KeyfobError,
  refresh,
  type Session,
  type SignInError,
  type SignInOptions,
  type Snapshot,
  sessionStore,
  signIn,
  signOut,
} from '../guest-js/index.js';
import {
  type AccessToken,
  type Auth,
  type KeyfobProvider,
  useAuthenticatedFetch,
  useTokenClaims,
} from '../guest-js/react/index.js';
import { tokenStore } from '../guest-js/store.js';

// The compiler checks this file; nothing runs it.

declare const unknown: boolean;
declare const hook: AccessToken;
declare const auth: Auth;

describe('getAccessToken', () => {
  test('gives a string, or the full response', () => {
    expectTypeOf(getAccessToken()).resolves.toEqualTypeOf<string>();
    expectTypeOf(getAccessToken({ audience: 'urn:api', includeFullResponse: false })).resolves.toBeString();
    expectTypeOf(getAccessToken({ includeFullResponse: true })).resolves.toEqualTypeOf<AccessTokenResponse>();
    expectTypeOf(refresh()).resolves.toBeString();
    expectTypeOf(refresh({ includeFullResponse: true })).resolves.toEqualTypeOf<AccessTokenResponse>();
    // @ts-expect-error which of the two it is has to be known.
    void getAccessToken({ includeFullResponse: unknown });
    // @ts-expect-error
    void getAccessToken({ audiences: 'urn:api' });
    expectTypeOf<keyof AccessTokenResponse>().toEqualTypeOf<
      'token' | 'expires_at' | 'expires_in' | 'expiresAt' | 'scope' | 'token_type' | 'audience'
    >();
  });

  test('of the hooks gives undefined as well, and getToken null', () => {
    expectTypeOf(hook.getAccessToken()).resolves.toEqualTypeOf<string | undefined>();
    expectTypeOf(hook.refresh()).resolves.toEqualTypeOf<string | undefined>();
    expectTypeOf(hook.getAccessToken({ includeFullResponse: true })).resolves.toEqualTypeOf<
      AccessTokenResponse | undefined
    >();
    expectTypeOf(auth.getToken()).resolves.toEqualTypeOf<string | null>();
    expectTypeOf(tokenStore.getAccessToken()).resolves.toEqualTypeOf<string | undefined>();
    expectTypeOf<Pick<AccessToken, 'accessToken' | 'loading' | 'error'>>().toEqualTypeOf<{
      readonly accessToken: string | undefined;
      readonly loading: boolean;
      readonly error: Error | null;
    }>();
  });

  test('takes its options one by one', () => {
    expectTypeOf<AccessTokenOptions & FullResponse>().toExtend<{
      audience?: string | null;
      scope?: string | null;
      minTtl?: number | null;
      refresh?: boolean | null;
      includeFullResponse: true;
    }>();
  });
});

describe('errors', () => {
  test('are one union, told apart by class and by code', () => {
    const check = (error: unknown) => {
      if (!isKeyfobError(error)) return;
      expectTypeOf(error).toEqualTypeOf<KeyfobError>();
      expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
      if (error instanceof FetchError) expectTypeOf(error).toExtend<TypeError>();
      void signIn(error.signIn);
    };
    expectTypeOf(check).toBeFunction();
    expectTypeOf<AccessTokenError | SignInError | FetchError>().toExtend<KeyfobError>();
    expectTypeOf<'not_in_tauri' | 'offline' | 'reauth_required'>().toExtend<ErrorCode>();
    expectTypeOf<'no_such_code'>().not.toExtend<ErrorCode>();
  });
});

describe('functions', () => {
  test('of sign-in and session', () => {
    expectTypeOf(signIn).toBeCallableWith();
    expectTypeOf(signIn).toBeCallableWith(null);
    expectTypeOf(signIn).toBeCallableWith({ prompt: 'create', maxAge: 0 });
    expectTypeOf(signIn).returns.resolves.toEqualTypeOf<Session>();
    expectTypeOf(signOut).returns.resolves.toEqualTypeOf<void>();
    expectTypeOf(sessionStore.getSnapshot).returns.toEqualTypeOf<Snapshot>();
    expectTypeOf(dpopProof).parameter(0).toExtend<{ url: string; method: string; token: string }>();
    expectTypeOf<Required<SignInOptions>['params']>().toEqualTypeOf<Record<string, string> | null>();
  });

  test('that fetch are fetch', () => {
    expectTypeOf(createAuthenticatedFetch).returns.toEqualTypeOf<typeof fetch>();
    expectTypeOf(useAuthenticatedFetch).returns.toEqualTypeOf<typeof fetch>();
  });
});

describe('hooks', () => {
  test('useAuth narrows by what it says', () => {
    expectTypeOf<Auth['status']>().toEqualTypeOf<
      'loading' | 'signed_out' | 'signing_in' | 'signed_in' | 'reauth_required' | 'unavailable'
    >();
    expectTypeOf<Auth['signIn']>().toEqualTypeOf<typeof signIn>();
  });

  test('useTokenClaims gives any claim as one that may be missing', () => {
    expectTypeOf(useTokenClaims<{ role: string }>).returns.toEqualTypeOf<{ role?: string }>();
  });

  test('KeyfobProvider takes a session, a snapshot, or nothing', () => {
    type Initial = Parameters<typeof KeyfobProvider>[0]['initialSession'];
    expectTypeOf<Session | Snapshot | undefined>().toEqualTypeOf<Initial>();
  });
});
