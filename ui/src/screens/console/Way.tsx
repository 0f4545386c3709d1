import {
  ArrowRight,
  KeyRound,
  type LucideIcon,
  RefreshCw,
  Repeat2,
  Server,
  ShieldX,
  TimerOff,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FetchOutcome } from 'tauri-plugin-keyfob-api';
import { type Step, wayOf } from './underneath';

const ICONS: Readonly<Record<Step, LucideIcon>> = {
  token: KeyRound,
  token_due: TimerOff,
  refused: ShieldX,
  refresh: RefreshCw,
  replay: Repeat2,
  answer: Server,
};

interface WayProps {
  outcome: FetchOutcome;
  status: number;
}

/** What happened underneath, from the token to the answer. The token itself is nowhere in it. */
export function Way({ outcome, status }: WayProps) {
  const { t } = useTranslation('console');
  return (
    <div data-testid="way" data-outcome={outcome}>
      <p className="text-sm">{t(`outcomes.${outcome}`)}</p>
      <ol aria-label={t('way')} className="mt-2 flex flex-wrap items-center gap-y-2 text-xs">
        {wayOf(outcome).map((step, index) => {
          const Icon = ICONS[step];
          return (
            <li key={step} className="flex items-center">
              {index > 0 && <ArrowRight aria-hidden="true" className="mx-1 size-3.5 text-ink-soft" />}
              <span
                className={`flex items-center gap-1.5 rounded-full border px-2.5 py-1 ${lookOf(step, status)}`}
              >
                <Icon aria-hidden="true" className="size-3.5" />
                {t(`steps.${step}`, { status })}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function lookOf(step: Step, status: number): string {
  if (step === 'refused') return 'border-transparent bg-bad-soft text-bad';
  if (step !== 'answer') return 'border-line text-ink-soft';
  return status < 400
    ? 'border-transparent bg-good-soft text-good'
    : 'border-transparent bg-bad-soft text-bad';
}
