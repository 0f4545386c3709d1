import { type ComponentType, useEffect, useState, useSyncExternalStore } from 'react';
import { samples } from './samples';

/** Shows the component that the address names: `#authkit/data-fetcher.tsx` the default export of that sample. */
export function Page() {
  const name = useSyncExternalStore(subscribeToHash, nameFromHash);
  const [page, setPage] = useState<{ name: string; Sample: ComponentType } | null>(null);

  useEffect(() => {
    let current = true;
    void samples[name]?.().then(({ default: Sample }) => {
      if (current && Sample) setPage({ name, Sample });
    });
    return () => {
      current = false;
    };
  }, [name]);

  if (page?.name !== name) return null;
  return (
    <section data-page={name}>
      <page.Sample />
    </section>
  );
}

function nameFromHash(): string {
  return location.hash.slice(1);
}

function subscribeToHash(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
