import { ChevronDown } from 'lucide-react';

interface SelectProps<T extends string> {
  /** For its label. */
  id: string;
  value: T;
  options: readonly { readonly value: T; readonly label: string }[];
  wide?: boolean;
  onChange: (value: T) => void;
}

/** One of many. The list is the system's own; the field looks as the others do. */
export function Select<T extends string>({ id, value, options, wide = false, onChange }: SelectProps<T>) {
  return (
    <div className={`relative max-w-full ${wide ? 'w-full' : ''}`}>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
        className={`field max-w-full cursor-default appearance-none text-ellipsis pr-9 ${wide ? 'w-full' : ''}`}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute inset-y-0 right-3 my-auto size-4 text-ink-soft"
      />
    </div>
  );
}
