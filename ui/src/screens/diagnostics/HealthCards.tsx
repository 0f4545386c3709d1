import { useTranslation } from 'react-i18next';
import { type Diagnostics, signIn } from 'tauri-plugin-keyfob-api';
import type { Check, CheckStatus } from 'tauri-plugin-keyfob-api/doctor';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { useAction } from 'tauri-plugin-keyfob-api/react/sign-in';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';
import { host } from '../../format';
import { locale } from '../../i18n';
import { useNavigation } from '../../shell/navigation';
import { HealthCard } from './HealthCard';
import { type Health, healthOf, PARTS, type Part } from './health';

interface HealthCardsProps {
  /** Null while it is looked. */
  checks: readonly Check[] | null;
  diagnostics: Diagnostics | null;
  onLookAgain: () => void;
}

export function HealthCards({ checks, diagnostics, onLookAgain }: HealthCardsProps) {
  const health: readonly HealthSoFar[] = checks
    ? healthOf(checks)
    : PARTS.map((part) => ({ part, status: null, findings: [] }));
  const cardOf = (health: HealthSoFar) => (
    <PartCard key={health.part} health={health} diagnostics={diagnostics} onLookAgain={onLookAgain} />
  );
  return (
    <div className="@container grid gap-4">
      {/* What there is to read has the whole width, and comes first. */}
      {health.filter(hasFindings).map(cardOf)}
      <div className="grid grid-cols-1 gap-4 empty:hidden @xl:grid-cols-2">
        {health.filter((health) => !hasFindings(health)).map(cardOf)}
      </div>
    </div>
  );
}

function hasFindings({ findings }: HealthSoFar): boolean {
  return findings.length > 0;
}

/** The status is null while it is not known. */
type HealthSoFar = Omit<Health, 'status'> & { readonly status: CheckStatus | null };

interface PartCardProps {
  health: HealthSoFar;
  diagnostics: Diagnostics | null;
  onLookAgain: () => void;
}

function PartCard({ health, diagnostics, onLookAgain }: PartCardProps) {
  const { t } = useTranslation('diagnostics');
  const facts = useFacts(diagnostics);
  const { session } = useSession();
  const { part, findings } = health;
  const isOffline = part === 'provider' && session.status === 'signed_in' && session.offline;
  const status = isOffline && health.status === 'ok' ? 'warning' : health.status;
  return (
    <HealthCard
      part={part}
      status={status}
      headline={isOffline ? t('offline') : t(`health.${part}.${status ?? 'pending'}`)}
      facts={facts[part]}
      findings={findings}
    >
      {status !== null && status !== 'ok' && <Cure part={part} status={status} onLookAgain={onLookAgain} />}
    </HealthCard>
  );
}

/** What can be done here; what can't is told in the finding's own words. */
function Cure({ part, status, onLookAgain }: { part: Part; status: CheckStatus; onLookAgain: () => void }) {
  const { t } = useTranslation('diagnostics');
  const { session } = useSession();
  const { go } = useNavigation();
  const unlock = useAction(() => signIn({}));
  const isLocked = session.status === 'unavailable' && session.code === 'keychain_locked';
  if (part === 'keychain' && isLocked) {
    return (
      <div className="w-full">
        <ErrorNotice error={unlock.error} />
        <Button size="small" busy={unlock.busy} onClick={unlock.run}>
          {t('unlock')}
        </Button>
      </div>
    );
  }
  if (part === 'keychain' && status === 'warning') {
    return (
      <Button size="small" onClick={() => go('settings')}>
        {t('openSettings')}
      </Button>
    );
  }
  if (part !== 'provider' || status === 'skipped') return null;
  return (
    <Button size="small" onClick={onLookAgain}>
      {t('lookAgain')}
    </Button>
  );
}

function useFacts(diagnostics: Diagnostics | null): Record<Part, [string, string][]> {
  const { t } = useTranslation('diagnostics');
  const facts: Record<Part, [string, string][]> = {
    keychain: [],
    links: [],
    provider: [],
    clock: [],
    window: [],
  };
  if (!diagnostics) return facts;
  const { issuer, proxy, clockOffset, deepLinkScheme, redirect, keychain } = diagnostics;
  facts.keychain.push([t('facts.policy'), t(`policies.${keychain}`)]);
  facts.links.push([t('facts.redirect'), t(`redirects.${redirect}`)]);
  if (deepLinkScheme) facts.links.push([t('facts.scheme'), deepLinkScheme]);
  facts.provider.push([t('facts.issuer'), host(issuer)]);
  if (proxy) facts.provider.push([t('facts.proxy'), proxy]);
  if (clockOffset !== null) {
    const side = SIDES[Math.sign(clockOffset)] ?? 'none';
    facts.clock.push([t('facts.offset'), t(`offsets.${side}`, { time: inSeconds(Math.abs(clockOffset)) })]);
  }
  return facts;
}

/** How this computer's clock stands to the provider's, by the sign of how far that one is ahead. */
const SIDES: Readonly<Record<number, 'ahead' | 'none' | 'behind'>> = {
  [-1]: 'ahead',
  0: 'none',
  1: 'behind',
};

function inSeconds(seconds: number): string {
  return new Intl.NumberFormat(locale(), { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(
    seconds,
  );
}
