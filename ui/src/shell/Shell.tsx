import type { ReactNode } from 'react';
import { Sidebar } from './Sidebar';

/** The window with its navigation. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col sm:flex-row">
      <Sidebar />
      {children}
    </div>
  );
}
