import { type ReactNode, useEffect, useRef } from 'react';
import { useAppearance } from '../hooks/useAppearance';

export type ScreenName = 'loading' | 'signed-out' | 'signing-in' | 'reauth-required' | 'unavailable';

interface ScreenProps {
  name: ScreenName;
  /** Without the card, for what is gone in a moment. */
  bare?: boolean;
  /** What is out of the way at the top. */
  corner?: ReactNode;
  children: ReactNode;
}

/** One card in the middle of the window, and nothing beside it. */
export function Screen({ name, bare = false, corner, children }: ScreenProps) {
  const appearance = useAppearance();
  const card = `w-full max-w-112 rounded-2xl border border-line bg-card p-8 shadow-card ${appearance}`;
  return (
    <main data-screen={name} className="grid min-h-dvh place-items-center p-6">
      {corner}
      <div className={bare ? undefined : card}>{children}</div>
    </main>
  );
}

/**
 * What the screen is about. The screen before took the focused button with it, so focus comes here: the next key
 * press starts from the top, and a screen reader says where it is. Unseen where the screen speaks for itself.
 */
export function Heading({ unseen = false, children }: { unseen?: boolean; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h1
      ref={heading}
      tabIndex={-1}
      className={unseen ? 'sr-only' : 'text-balance font-semibold text-xl tracking-tight'}
    >
      {children}
    </h1>
  );
}

export function Lead({ children }: { children: ReactNode }) {
  return <p className="mt-1.5 text-pretty text-ink-soft">{children}</p>;
}

/** The picture at the top of a card. */
export function Emblem({ tone = 'accent', children }: { tone?: 'accent' | 'bad'; children: ReactNode }) {
  const colors = tone === 'bad' ? 'bg-bad-soft text-bad' : 'bg-accent text-on-accent';
  return <div className={`mb-5 grid size-12 place-items-center rounded-xl ${colors}`}>{children}</div>;
}
