import { createContext, use } from 'react';

/** The views, in the order of the navigation. */
export const views = ['home', 'console', 'timeline', 'diagnostics', 'settings'] as const;

/** Where one can be: `connect` is come to from the settings, or because there is no provider yet. */
export type ViewName = (typeof views)[number] | 'connect';

interface Navigation {
  readonly view: ViewName;
  readonly go: (view: ViewName) => void;
}

export const NavigationContext = createContext<Navigation>({ view: 'home', go: () => undefined });

export function useNavigation(): Navigation {
  return use(NavigationContext);
}

/** What is there for who is signed out too says nothing about a session. */
export function needsSession(view: ViewName): boolean {
  return view === 'home' || view === 'console';
}
