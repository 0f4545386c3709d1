import type { ComponentProps } from 'react';
import { Spinner } from './Spinner';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'className' | 'disabled' | 'type'> {
  type?: 'button' | 'submit';
  look?: ButtonLook;
  size?: keyof typeof SIZES;
  wide?: boolean;
  /** What was started is not done. The button keeps its size and its focus, and does nothing more until then. */
  busy?: boolean;
  /** What goes on while it is busy, for who doesn't see the spinner. */
  busyLabel?: string;
}

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'border border-line-strong bg-card hover:bg-inset',
  quiet: 'text-ink-soft hover:bg-inset hover:text-ink',
};

const SIZES = {
  normal: 'min-h-10 px-4',
  small: 'min-h-8 px-3 text-sm',
  icon: 'size-8',
};

export type ButtonLook = keyof typeof LOOKS;

export function Button({
  look = 'secondary',
  size = 'normal',
  wide = false,
  busy = false,
  busyLabel,
  type = 'button',
  onClick,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      aria-disabled={busy}
      onClick={busy ? undefined : onClick}
      className={`relative inline-flex shrink-0 items-center justify-center rounded-lg font-medium transition-colors aria-disabled:cursor-progress aria-disabled:opacity-80 ${SIZES[size]} ${LOOKS[look]} ${wide ? 'w-full' : ''}`}
      {...rest}
    >
      <span
        aria-hidden={busy && busyLabel ? true : undefined}
        className={`inline-flex min-w-0 items-center justify-center gap-2 ${busy ? 'animate-vanish-late' : ''}`}
      >
        {children}
      </span>
      {busy && (
        <>
          <span className="absolute inset-0 grid animate-appear-late place-items-center">
            <Spinner className="size-4" />
          </span>
          <span className="sr-only">{busyLabel}</span>
        </>
      )}
    </button>
  );
}
