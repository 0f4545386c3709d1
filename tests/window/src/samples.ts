import type { ComponentType } from 'react';

/** A sample: one component to show, or functions to call. */
export interface Sample {
  default?: ComponentType;
  [name: string]: unknown;
}

const seeds = import.meta.glob<Sample>('../../seeds/**/*.{ts,tsx}');
const ecosystem = import.meta.glob<Sample>('../../../examples/ecosystem/src/*.{ts,tsx}');

/** By the path below `tests/seeds`, and those of `examples/ecosystem` as `ecosystem/…`. */
export const samples = Object.fromEntries([
  ...Object.entries(seeds).map(([path, load]) => [path.replace('../../seeds/', ''), load] as const),
  ...Object.entries(ecosystem).map(([path, load]) => [path.replace(/^.+\//u, 'ecosystem/'), load] as const),
]);
