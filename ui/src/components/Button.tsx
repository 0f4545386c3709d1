import type { ComponentProps } from 'react';
import { Spinner } from './Spinner';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'className' | 'disabled' | 'type'> {
  type?: 'button' | 'submit';
  look?: ButtonLook;
  wide?: boolean;
  /** What was started is not done. The button keeps its focus, and does nothing more until then. */
  busy?: boolean;
}

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'border border-line-strong bg-card hover:bg-inset',
  quiet: 'text-ink-soft hover:bg-inset hover:text-ink',
};

export type ButtonLook = keyof typeof LOOKS;

export function Button({
  look = 'secondary',
  wide = false,
  busy = false,
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
      className={`inline-flex min-h-10 items-center justify-center gap-2 rounded-lg px-4 font-medium transition-colors aria-disabled:cursor-progress aria-disabled:opacity-80 ${LOOKS[look]} ${wide ? 'w-full' : ''}`}
      {...rest}
    >
      {busy && <Spinner className="size-4" />}
      {children}
    </button>
  );
}
