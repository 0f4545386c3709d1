import { Progress } from 'radix-ui';
import { duration, timeOfDay } from '../format';
import { type TokenLife as Life, useTokenLife } from '../hooks/useTokenLife';
import { strings } from '../strings';

const RADIUS = 18;
const CIRCUMFERENCE = 2 * Math.PI * RADIUS;
/** Below this share of its life a token looks short. */
const SHORT = 0.15;

interface TokenLifeProps {
  expiresAt: number | null;
  renewable: boolean;
}

/** What is left of the access token's life. */
export function TokenLife({ expiresAt, renewable }: TokenLifeProps) {
  return (
    <div data-testid="token-life" className="flex items-center gap-4 rounded-xl bg-inset px-4 py-3.5">
      {expiresAt === null ? <Endless /> : <Ending expiresAt={expiresAt} renewable={renewable} />}
    </div>
  );
}

function Ending({ expiresAt, renewable }: { expiresAt: number; renewable: boolean }) {
  const life = useTokenLife(expiresAt);
  const isExpired = life.secondsLeft === 0;
  const { tokenLife } = strings;
  const left = isExpired ? tokenLife.expired : tokenLife.left(duration(life.secondsLeft));
  const fate = renewable ? tokenLife.renewable : tokenLife.notRenewable(timeOfDay(expiresAt));
  const rescue = renewable ? tokenLife.expiredRenewable : tokenLife.expiredNotRenewable;
  return (
    <>
      <Ring life={life} label={left} />
      <Lines headline={left} detail={isExpired ? rescue : fate} />
    </>
  );
}

function Endless() {
  return <Lines headline={strings.tokenLife.endless} detail={strings.tokenLife.endlessDetail} />;
}

function Lines({ headline, detail }: { headline: string; detail: string }) {
  return (
    <div className="min-w-0 text-sm">
      <p>
        <span className="text-ink-soft">{strings.tokenLife.title}: </span>
        <span className="font-medium tabular-nums">{headline}</span>
      </p>
      <p className="text-ink-soft">{detail}</p>
    </div>
  );
}

function Ring({ life, label }: { life: Life; label: string }) {
  const color = life.share > SHORT ? 'text-accent' : 'text-warn';
  return (
    <Progress.Root
      value={Math.round(life.share * 100)}
      getValueLabel={() => label}
      aria-label={strings.tokenLife.title}
      className={`shrink-0 ${color}`}
    >
      <svg aria-hidden="true" viewBox="0 0 44 44" className="-rotate-90 size-11" fill="none" strokeWidth="4">
        <circle cx="22" cy="22" r={RADIUS} className="stroke-line" />
        <circle
          cx="22"
          cy="22"
          r={RADIUS}
          stroke="currentColor"
          strokeLinecap="round"
          strokeDasharray={CIRCUMFERENCE}
          strokeDashoffset={CIRCUMFERENCE * (1 - life.share)}
          opacity={life.share > 0 ? 1 : 0}
          className="transition-[stroke-dashoffset] duration-1000 ease-linear"
        />
      </svg>
    </Progress.Root>
  );
}
