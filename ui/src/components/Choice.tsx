import { RadioGroup } from 'radix-ui';
import { useId } from 'react';

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly label: string }[];
  onChange: (value: T) => void;
}

/** One of a few, side by side. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
      <span id={name}>{label}</span>
      <RadioGroup.Root
        aria-labelledby={name}
        value={value}
        onValueChange={(chosen) => onChange(chosen as T)}
        className="flex flex-wrap gap-0.5 rounded-lg bg-hover p-0.5 text-sm"
      >
        {options.map((option) => (
          <RadioGroup.Item
            key={option.value}
            value={option.value}
            className="rounded-md px-3 py-1 text-ink-soft data-[state=checked]:bg-raised data-[state=checked]:font-medium data-[state=checked]:text-ink data-[state=checked]:shadow-sm"
          >
            {option.label}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  );
}
