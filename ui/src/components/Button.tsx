import type { ComponentProps } from 'react';
import { Spinner } from './Spinner';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'className' | 'disabled' | 'type'> {
  type?: 'button' | 'submit';
  look?: ButtonLook;
  size?: keyof typeof SIZES;
  wide?: boolean;
  /** What was started is not done. The button keeps its focus, and does nothing more until then. */
  busy?: boolean;
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
      className={`inline-flex shrink-0 items-center justify-center gap-2 rounded-lg font-medium transition-colors aria-disabled:cursor-progress aria-disabled:opacity-80 ${SIZES[size]} ${LOOKS[look]} ${wide ? 'w-full' : ''}`}
      {...rest}
    >
      {busy && (
        <span className="animate-appear-late">
          <Spinner className="size-4" />
        </span>
      )}
      {children}
    </button>
  );
}
