import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';

const SHOWN_MS = 2000;

interface CopyButtonProps {
  /** Gives what is copied when it is asked for. */
  text: () => string;
  /** What it copies, for who hears the button and does not see what it stands beside. */
  name?: string;
  /** On the button; without it there is its icon alone. */
  children?: ReactNode;
}

/** Copies, and says that it has. A clipboard that refuses is said too: what is copied can be selected by hand. */
export function CopyButton({ text, name, children }: CopyButtonProps) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<'copied' | 'cannotCopy' | null>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => setOutcome('copied'),
      () => setOutcome('cannotCopy'),
    );
  const label = name ? t('copyNamed', { name }) : t('copy');
  const Icon = outcome === 'copied' ? Check : Copy;
  return (
    <>
      <Button
        look="quiet"
        size={children ? 'normal' : 'icon'}
        aria-label={children ? undefined : label}
        onClick={copy}
      >
        <Icon aria-hidden="true" className="size-4 shrink-0" />
        {children}
      </Button>
      <span role="status" className="sr-only">
        {outcome && t(outcome)}
      </span>
    </>
  );
}
