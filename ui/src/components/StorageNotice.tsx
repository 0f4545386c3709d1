import { useTranslation } from 'react-i18next';
import type { SignedInSession } from '../session';

/** Says that the renewed session is not in the keychain yet. Empty otherwise, as a live region has to be there before. */
export function StorageNotice({ session }: { session: SignedInSession }) {
  const { t } = useTranslation('home');
  return (
    <div role="status">
      {session.storageDegraded && (
        <div data-testid="storage-degraded" className="mt-4 rounded-lg bg-warn-soft px-4 py-3 text-sm">
          <p className="font-semibold text-warn">{t('storageDegraded.title')}</p>
          <p className="mt-1 text-pretty">{t('storageDegraded.detail')}</p>
        </div>
      )}
    </div>
  );
}
