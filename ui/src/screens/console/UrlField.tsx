import { type KeyboardEvent, useId, useState } from 'react';

interface UrlFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  suggestions: readonly string[];
  /** What the list of suggestions is called. */
  listLabel: string;
  /** Of the line that says what is wrong; null if nothing is. */
  faultId: string | null;
}

/** An address, with those that are known below it: the arrow keys go through them, and Enter takes one. */
export function UrlField({
  label,
  placeholder,
  value,
  onChange,
  suggestions,
  listLabel,
  faultId,
}: UrlFieldProps) {
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const field = useId();
  const list = useId();
  const matching = suggestions.filter(
    (suggestion) => suggestion !== value && suggestion.includes(value.trim()),
  );
  const isShown = isOpen && matching.length > 0;

  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const take = (suggestion: string) => {
    onChange(suggestion);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = isShown ? matching[active] : undefined;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      setActive(next(active, matching.length, event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Escape') {
      close();
    } else if (event.key === 'Enter' && chosen !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(chosen);
    }
  };

  return (
    <div className="relative min-w-0 grow basis-64">
      <label htmlFor={field} className="mb-1 block text-ink-soft text-xs">
        {label}
      </label>
      <input
        id={field}
        role="combobox"
        type="text"
        inputMode="url"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={value}
        placeholder={placeholder}
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={list}
        aria-activedescendant={isShown && active >= 0 ? `${list}-${active}` : undefined}
        aria-invalid={faultId !== null}
        aria-describedby={faultId ?? undefined}
        data-testid="url"
        onChange={(event) => {
          onChange(event.target.value);
          setOpen(true);
          setActive(-1);
        }}
        onClick={() => setOpen(true)}
        onBlur={close}
        onKeyDown={onKeyDown}
        className="field w-full font-mono text-sm"
      />
      <div
        id={list}
        role="listbox"
        aria-label={listLabel}
        className={`absolute inset-x-0 top-full z-10 mt-1 max-h-60 overflow-auto rounded-xl border border-line bg-card p-1 shadow-card ${isShown ? '' : 'hidden'}`}
      >
        {isShown &&
          matching.map((suggestion, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which keeps the focus.
            <div
              key={suggestion}
              id={`${list}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              // The field keeps its focus, so that its list stays.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(suggestion)}
              className="truncate rounded-lg px-2.5 py-1.5 font-mono text-sm hover:bg-hover aria-selected:bg-hover"
            >
              {suggestion}
            </div>
          ))}
      </div>
    </div>
  );
}

/** Around the end, by way of the field itself (-1). */
function next(active: number, length: number, step: number): number {
  return ((active + 1 + step + length + 1) % (length + 1)) - 1;
}
