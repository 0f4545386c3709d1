import { type RefObject, useEffect, useRef } from 'react';

/** Brings what has come into view, where it isn't; focus stays where it is. Again with each other `content`. */
export function useIntoView<T extends Element>(content: unknown): RefObject<T | null> {
  const element = useRef<T>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown, and not how, tells that it is new.
  useEffect(() => {
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    element.current?.scrollIntoView({ block: 'nearest', behavior: isStill ? 'auto' : 'smooth' });
  }, [content]);
  return element;
}
