import { VisuallyHidden } from 'radix-ui';
import type { ReactNode } from 'react';

/** Tells screen readers what changed. It stays in the page, as a live region that appears with its text is silent. */
export function Announcer({ children }: { children: ReactNode }) {
  return (
    <VisuallyHidden.Root>
      <div role="status">{children}</div>
    </VisuallyHidden.Root>
  );
}
