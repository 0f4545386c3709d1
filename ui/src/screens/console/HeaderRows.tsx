import { Plus, X } from 'lucide-react';
import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/Button';
import { type HeaderRow, headerFault } from './headers';

interface HeaderRowsProps {
  rows: readonly HeaderRow[];
  onChange: (rows: readonly HeaderRow[]) => void;
}

/** What goes along with the request, besides what the engine attaches. */
export function HeaderRows({ rows, onChange }: HeaderRowsProps) {
  const { t } = useTranslation('console');
  const add = useRef<HTMLButtonElement>(null);
  const name = useId();
  const set = (changed: HeaderRow) => onChange(rows.map((row) => (row.id === changed.id ? changed : row)));
  const remove = (id: number) => {
    onChange(rows.filter((row) => row.id !== id));
    add.current?.focus();
  };
  return (
    <fieldset aria-labelledby={name} className="min-w-0">
      <div className="flex items-center justify-between">
        <p id={name} className="text-ink-soft text-xs">
          {t('headers.title')}
        </p>
        <Button
          ref={add}
          look="quiet"
          size="small"
          onClick={() => onChange([...rows, { id: nextId(rows), name: '', value: '' }])}
        >
          <Plus aria-hidden="true" className="size-4" />
          {t('headers.add')}
        </Button>
      </div>
      <ul className="grid grid-cols-1 gap-2">
        {rows.map((row, index) => (
          <Row key={row.id} row={row} number={index + 1} onChange={set} onRemove={() => remove(row.id)} />
        ))}
      </ul>
    </fieldset>
  );
}

interface RowProps {
  row: HeaderRow;
  number: number;
  onChange: (row: HeaderRow) => void;
  onRemove: () => void;
}

function Row({ row, number, onChange, onRemove }: RowProps) {
  const { t } = useTranslation('console');
  const faultId = useId();
  const fault = headerFault(row);
  const described = { 'aria-invalid': fault !== null, 'aria-describedby': fault ? faultId : undefined };
  return (
    <li>
      <div className="flex items-center gap-2">
        <input
          // A row that somebody adds is one that they write into.
          // biome-ignore lint/a11y/noAutofocus: it follows the press of "Add".
          autoFocus={row.name === '' && row.value === ''}
          aria-label={t('headers.name', { number })}
          placeholder={t('headers.namePlaceholder')}
          value={row.name}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ ...row, name: event.target.value })}
          className="field w-2/5 min-w-0 font-mono text-sm"
          {...described}
        />
        <input
          aria-label={t('headers.value', { number })}
          placeholder={t('headers.valuePlaceholder')}
          value={row.value}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ ...row, value: event.target.value })}
          className="field min-w-0 flex-1 font-mono text-sm"
          {...described}
        />
        <Button look="quiet" size="icon" aria-label={t('headers.remove', { number })} onClick={onRemove}>
          <X aria-hidden="true" className="size-4" />
        </Button>
      </div>
      <p id={faultId} role="status" className="mt-1 text-bad text-sm empty:hidden">
        {fault && t(`headers.faults.${fault}`, { name: row.name.trim() })}
      </p>
    </li>
  );
}

function nextId(rows: readonly HeaderRow[]): number {
  return Math.max(0, ...rows.map(({ id }) => id)) + 1;
}
