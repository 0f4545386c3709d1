import { type ReactNode, useLayoutEffect } from 'react';
import { Heading } from '../components/Screen';
import { useAppearance } from '../hooks/useAppearance';

interface ViewProps {
  /** Of the screen, for tests. */
  name: string;
  title: string;
  /** The title is for screen readers alone: what is seen says it. */
  isTitleUnseen?: boolean;
  lead?: ReactNode;
  /** At the title's end. */
  actions?: ReactNode;
  children: ReactNode;
}

/** One of the views beside the navigation. */
export function View({ name, title, isTitleUnseen = false, lead, actions, children }: ViewProps) {
  const appearance = useAppearance();
  // Where the view before was scrolled to is no place in this one.
  useLayoutEffect(() => {
    document.documentElement.scrollTop = 0;
  }, []);
  return (
    <main data-screen={name} className="min-w-0 flex-1 p-5 sm:p-8">
      <div key={name} className={`mx-auto grid max-w-3xl grid-cols-1 gap-4 ${appearance}`}>
        <header className={isTitleUnseen ? 'sr-only' : 'flex flex-wrap items-start justify-between gap-4'}>
          <div className="min-w-0 flex-1 basis-48">
            <Heading unseen={isTitleUnseen}>{title}</Heading>
            {lead && <p className="mt-1 text-balance text-ink-soft">{lead}</p>}
          </div>
          {actions}
        </header>
        {children}
      </div>
    </main>
  );
}
