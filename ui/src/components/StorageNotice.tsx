import type { SignedInSession } from '../session';
import { strings } from '../strings';

/** Says that the renewed session is not in the keychain yet. Empty otherwise, as a live region has to be there before. */
export function StorageNotice({ session }: { session: SignedInSession }) {
  const { title, detail } = strings.signedIn.storageDegraded;
  return (
    <div role="status">
      {session.storageDegraded && (
        <div data-testid="storage-degraded" className="mt-4 rounded-lg bg-warn-soft px-4 py-3 text-sm">
          <p className="font-semibold text-warn">{title}</p>
          <p className="mt-1 text-pretty">{detail}</p>
        </div>
      )}
    </div>
  );
}
