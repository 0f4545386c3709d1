import { useEffect, useState } from 'react';

let isOpen = false;

/** How a screen comes: softly in another's place, and at once where the window opens with it. */
export function useAppearance(): string {
  const [appearance] = useState(() => (isOpen ? 'animate-appear' : ''));
  useEffect(() => {
    isOpen = true;
  }, []);
  return appearance;
}
