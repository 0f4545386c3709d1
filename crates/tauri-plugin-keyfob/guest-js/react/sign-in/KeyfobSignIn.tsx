import { type ReactNode, useEffect, useId, useMemo, useRef } from 'react';
import type { SignInOptions } from '../../bindings.js';
import { signIn } from '../../sign-in.js';
import { type Auth, useAuth } from '../useAuth.js';
import { useSession } from '../useSession.js';
import { Loading } from './Loading.js';
import { KitContext, PLAIN, type SignInParts } from './parts.js';
import { ReauthRequired } from './ReauthRequired.js';
import { SignedOut } from './SignedOut.js';
import { SigningIn } from './SigningIn.js';
import { type SignInTexts, signInTexts } from './texts.js';
import { Unavailable } from './Unavailable.js';
import { useAction } from './useAction.js';

/** What `KeyfobSignIn` takes. */
export interface KeyfobSignInProps {
  /** What is there for who is signed in. */
  readonly children?: ReactNode;
  /** What is asked of the sign-in. */
  readonly options?: SignInOptions;
  /** Your own components in the place of the plain ones. */
  readonly parts?: Partial<SignInParts>;
  /** Your own words in the place of the English ones; a group, as `reasons`, is replaced whole. */
  readonly texts?: Partial<SignInTexts>;
}

/**
 * The way in: every state from "nobody knows yet" to the children, which are there once somebody is signed in. It has no
 * styles: its elements have `data-keyfob` attributes (`sign-in`, with the state as `data-state`, `title`, `text`,
 * `failure`, `warning`, `hints`, `actions`, `button`, `form`, `field`, `outcome`), and each of its `parts` can be replaced.
 *
 * ```tsx
 * <KeyfobProvider>
 *   <KeyfobSignIn texts={{ signedOut: 'Welcome' }}>
 *     <App />
 *   </KeyfobSignIn>
 * </KeyfobProvider>
 * ```
 *
 * ```css
 * [data-keyfob='sign-in'] { max-width: 28rem; margin: 10vh auto; }
 * [data-keyfob='button'][data-action='sign-in'] { background: rebeccapurple; color: white; }
 * [data-keyfob='failure'] { color: firebrick; }
 * ```
 */
export function KeyfobSignIn({ children, options, parts, texts }: KeyfobSignInProps): ReactNode {
  const { status } = useAuth();
  const titleId = useId();
  const kit = useMemo(
    () => ({ parts: { ...PLAIN, ...parts }, texts: { ...signInTexts, ...texts }, titleId }),
    [parts, texts, titleId],
  );
  useFocusOnChange(status, titleId);
  return (
    <KitContext.Provider value={kit}>
      <div role="status" style={UNSEEN}>
        {kit.texts.announcements[status]}
      </div>
      <CurrentScreen status={status} options={options}>
        {children}
      </CurrentScreen>
    </KitContext.Provider>
  );
}

interface CurrentScreenProps {
  status: Auth['status'];
  options: SignInOptions | undefined;
  children: ReactNode;
}

/** The one place that decides what is shown. */
function CurrentScreen({ status, options, children }: CurrentScreenProps): ReactNode {
  const { session, signIn: pending, signInError } = useSession();
  // Kept here, as it outlives the screen that it was started on.
  const attempt = useAction(() => signIn(options));
  const failure = signInError ?? attempt.error;

  if (status === 'signing_in' && pending) return <SigningIn session={session} pending={pending} />;
  switch (session.status) {
    case 'signed_in':
      return children;
    case 'loading':
      return <Loading session={session} />;
    case 'signed_out':
      return <SignedOut session={session} attempt={attempt} failure={failure} />;
    case 'reauth_required':
      return <ReauthRequired session={session} attempt={attempt} failure={failure} />;
    case 'unavailable':
      return <Unavailable session={session} attempt={attempt} failure={failure} />;
  }
}

/**
 * The screen before took the focused button with it. Not for the first one: a page that opens keeps the focus where it
 * was put.
 */
function useFocusOnChange(status: Auth['status'], titleId: string): void {
  const before = useRef(status);
  useEffect(() => {
    const isChange = before.current !== status && before.current !== 'loading';
    before.current = status;
    if (isChange) document.getElementById(titleId)?.focus();
  }, [status, titleId]);
}

/** For screen readers alone. It stays in the page, as a live region that appears with its text is silent. */
const UNSEEN = {
  position: 'absolute',
  width: 1,
  height: 1,
  margin: -1,
  overflow: 'hidden',
  clip: 'rect(0, 0, 0, 0)',
  whiteSpace: 'nowrap',
} as const;
