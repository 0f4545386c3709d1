import type { TestEngine } from 'tauri-plugin-keyfob-api/testing';
import type { Host } from '../host';

/** What a state is arranged with, before the app is there. */
export interface Stage {
  readonly engine: TestEngine;
  readonly host: Host;
}

/** What a person does, or the time, once the app is there; elements are named by CSS selectors. */
export type Step =
  | { readonly click: string }
  | { readonly hover: string }
  | { readonly type: string; readonly into: string }
  | { readonly press: string }
  | { readonly await: string }
  | { readonly scrollTo: string }
  | { readonly passSeconds: number };

/** One picture of the gallery. */
export interface State {
  readonly name: string;
  /** Narrow ones are taken at 420 px too. */
  readonly narrow?: true;
  arrange(stage: Stage): void;
  readonly steps?: readonly Step[];
  /** What is there once it is reached. */
  readonly shows: string;
}

export const byTestId = (name: string) => `[data-testid="${name}"]`;
export const screen = (name: string) => `main[data-screen="${name}"]`;

/** As from everywhere: by its shortcut. */
export function goTo(key: string): readonly Step[] {
  return [{ await: 'main' }, { press: `control+${key}` }];
}
