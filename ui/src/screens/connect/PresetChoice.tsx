import { RadioGroup } from 'radix-ui';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { type Preset, presets } from './presets';

interface PresetChoiceProps {
  preset: Preset | null;
  onChange: (preset: Preset | null) => void;
}

const OTHER = 'other';

/** A provider that is known by name, or another one. */
export function PresetChoice({ preset, onChange }: PresetChoiceProps) {
  const { t } = useTranslation('connect');
  const label = useId();
  return (
    <div>
      <p id={label} className="font-medium text-sm">
        {t('provider')}
      </p>
      <RadioGroup.Root
        aria-labelledby={label}
        value={preset?.id ?? OTHER}
        onValueChange={(id) => onChange(presets.find((one) => one.id === id) ?? null)}
        className="mt-2 grid grid-cols-2 gap-2 sm:grid-cols-4"
      >
        {presets.map(({ id, name }) => (
          <Card key={id} value={id} name={name} />
        ))}
        <Card value={OTHER} name={t('other')} />
      </RadioGroup.Root>
      <p className="mt-2 text-pretty text-ink-soft text-sm">{t(`presets.${preset?.id ?? OTHER}`)}</p>
    </div>
  );
}

function Card({ value, name }: { value: string; name: string }) {
  return (
    <RadioGroup.Item
      value={value}
      data-testid={`preset-${value}`}
      className="min-h-11 rounded-lg border border-line-strong px-3 py-2 text-left text-sm transition-colors hover:bg-hover data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:font-medium"
    >
      {name}
    </RadioGroup.Item>
  );
}
