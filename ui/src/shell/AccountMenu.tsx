import { lazy, Suspense, useDeferredValue, useState } from 'react';
import type { SignedInSession } from '../session';
import { AccountButton } from './AccountButton';

const OpenableAccountMenu = lazy(() =>
  import('./OpenableAccountMenu').then((it) => ({ default: it.OpenableAccountMenu })),
);

/** Who is here: switch, add, sign out. What opens it comes right after the first screen, which it would delay. */
export function AccountMenu({ session }: { session: SignedInSession }) {
  const isOpenable = useDeferredValue(true, false);
  // Whoever clicks before it can open is not made to click again.
  const [isWanted, setWanted] = useState(false);
  const button = <AccountButton user={session.user} aria-haspopup="menu" onClick={() => setWanted(true)} />;
  return (
    <div className="min-w-0 sm:border-line sm:border-t sm:pt-3">
      <Suspense fallback={button}>
        {isOpenable ? <OpenableAccountMenu session={session} opensAtOnce={isWanted} /> : button}
      </Suspense>
    </div>
  );
}
