import { Progress } from 'radix-ui';
import type { TokenLife } from '../hooks/useTokenLife';

const RADIUS = 18;
const CIRCUMFERENCE = 2 * Math.PI * RADIUS;
/** Below this share of its life a token looks short. */
const SHORT = 0.15;

interface TokenRingProps {
  life: TokenLife;
  /** What it is the life of. */
  name: string;
  /** How much is left, in words. */
  label: string;
}

/** Runs down with a token's life, and refills when it is renewed. */
export function TokenRing({ life, name, label }: TokenRingProps) {
  const color = life.share > SHORT ? 'text-accent' : 'text-warn';
  return (
    <Progress.Root
      value={Math.round(life.share * 100)}
      getValueLabel={() => label}
      aria-label={name}
      className={`shrink-0 ${color}`}
    >
      <svg aria-hidden="true" viewBox="0 0 44 44" className="-rotate-90 size-10" fill="none" strokeWidth="4">
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
          // Only where it refills: one that moves all the time keeps a processor busy where nothing helps to draw.
          className={life.share === 1 ? 'transition-[stroke-dashoffset] duration-500' : ''}
        />
      </svg>
    </Progress.Root>
  );
}
