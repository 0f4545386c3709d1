import type { ComponentType } from 'react';

/** A sample: one component to show, or functions to call. */
export interface Sample {
  default?: ComponentType;
  [name: string]: unknown;
}

const files = import.meta.glob<Sample>('../../seeds/**/*.{ts,tsx}');

/** By the path below `tests/seeds`. */
export const samples = Object.fromEntries(
  Object.entries(files).map(([path, load]) => [path.replace('../../seeds/', ''), load]),
);
