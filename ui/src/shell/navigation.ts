import { createContext, use } from 'react';

/** The views, in the order of the navigation. Those after `console` are there for who is signed out too. */
export const views = ['home', 'console', 'timeline', 'diagnostics', 'settings'] as const;

export type ViewName = (typeof views)[number];

interface Navigation {
  readonly view: ViewName;
  readonly go: (view: ViewName) => void;
}

export const NavigationContext = createContext<Navigation>({ view: 'home', go: () => undefined });

export function useNavigation(): Navigation {
  return use(NavigationContext);
}

export function needsSession(view: ViewName): boolean {
  return view === 'home' || view === 'console';
}
