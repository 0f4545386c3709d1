import { type ComponentProps, useId } from 'react';

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'onChange' | 'value' | 'className' | 'id'> {
  label: string;
  hint?: string;
  /** Why what stands there can't be taken. */
  fault?: string | undefined;
  value: string;
  onChange: (value: string) => void;
}

/** A line of text with its label, and what is said about it. Nothing is corrected: it is an identifier or an address. */
export function TextField({ label, hint, fault, value, onChange, ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <input
        id={id}
        type="text"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-said`}
        onChange={(event) => onChange(event.target.value)}
        className="field w-full"
        {...rest}
      />
      <p
        id={`${id}-said`}
        className={`text-pretty break-words text-sm ${fault ? 'text-bad' : 'text-ink-soft'}`}
      >
        {fault ?? hint}
      </p>
    </div>
  );
}
