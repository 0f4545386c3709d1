import {
  CircleAlert,
  CircleCheck,
  CircleMinus,
  Clock,
  Globe,
  HardDrive,
  Link,
  type LucideIcon,
  PanelsTopLeft,
  TriangleAlert,
} from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Check, CheckStatus } from 'tauri-plugin-keyfob-api/doctor';
import { CheckWords } from '../../components/CheckWords';
import { Spinner } from '../../components/Spinner';
import type { Part } from './health';

const ICONS: Readonly<Record<Part, LucideIcon>> = {
  keychain: HardDrive,
  links: Link,
  provider: Globe,
  clock: Clock,
  window: PanelsTopLeft,
};

const MARKS: Readonly<Record<CheckStatus, { icon: LucideIcon; look: string }>> = {
  ok: { icon: CircleCheck, look: 'bg-good-soft text-good' },
  warning: { icon: TriangleAlert, look: 'bg-warn-soft text-warn' },
  failed: { icon: CircleAlert, look: 'bg-bad-soft text-bad' },
  skipped: { icon: CircleMinus, look: 'bg-hover text-ink-soft' },
};

interface HealthCardProps {
  part: Part;
  /** Null while it is not known. */
  status: CheckStatus | null;
  headline: string;
  /** Names and values that go with it. */
  facts: readonly (readonly [string, string])[];
  findings: readonly Check[];
  /** What can be done about it here. */
  children?: ReactNode;
}

/** One part that a sign-in needs, and how it is. */
export function HealthCard({ part, status, headline, facts, findings, children }: HealthCardProps) {
  const { t } = useTranslation('diagnostics');
  const name = useId();
  const Icon = ICONS[part];
  return (
    <section
      aria-labelledby={name}
      data-testid={`health-${part}`}
      data-status={status ?? 'pending'}
      className="flex min-w-0 flex-col rounded-xl border border-line bg-card p-5 @xl:last:odd:col-span-2"
    >
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <h2 id={name} className="flex min-w-0 items-center gap-2 font-semibold">
          <Icon aria-hidden="true" className="size-4 shrink-0 text-ink-soft" />
          {t(`parts.${part}`)}
        </h2>
        {status ? <Mark status={status} /> : <Spinner className="size-4 animate-appear-late text-ink-soft" />}
      </div>
      <p className="mt-2 text-pretty text-sm">{headline}</p>
      <dl className="quotable mt-1 text-ink-soft text-xs leading-5">
        {facts.map(([fact, value]) => (
          <div key={fact} className="flex gap-1.5">
            <dt className="shrink-0">{fact}:</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {findings.length > 0 && (
        <ul className="mt-3 grid grid-cols-1 gap-3 border-line border-t pt-3 text-sm">
          {findings.map((finding) => (
            <li key={finding.subject + finding.message}>
              <CheckWords check={finding} copyName={t('theFix')} />
            </li>
          ))}
        </ul>
      )}
      {children && <div className="mt-3 flex flex-wrap gap-2">{children}</div>}
    </section>
  );
}

function Mark({ status }: { status: CheckStatus }) {
  const { t } = useTranslation('diagnostics');
  const { icon: Icon, look } = MARKS[status];
  return (
    <span className={`flex shrink-0 items-center gap-1.5 rounded-full px-2 py-0.5 text-xs ${look}`}>
      <Icon aria-hidden="true" className="size-3.5" />
      {t(`statuses.${status}`)}
    </span>
  );
}
