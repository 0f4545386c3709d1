import { ChevronsUpDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from 'tauri-plugin-keyfob-api';
import { nameOf, Portrait } from '../components/Person';

interface AccountButtonProps extends Omit<ComponentProps<'button'>, 'className' | 'children'> {
  user: User;
}

/** Who is here, as a button; what it opens is the menu's. */
export function AccountButton({ user, ...rest }: AccountButtonProps) {
  const { t } = useTranslation('home');
  const name = nameOf(user);
  return (
    <button
      type="button"
      aria-label={t('accounts.menu', { name })}
      data-testid="account-menu"
      className="flex w-full min-w-0 items-center gap-2.5 rounded-lg px-2 py-1.5 text-left transition-colors hover:bg-hover data-[state=open]:bg-hover"
      {...rest}
    >
      <Portrait user={user} className="size-7 text-xs" />
      <span dir="auto" className="hidden min-w-0 flex-1 truncate font-medium sm:inline" title={name}>
        {name}
      </span>
      <ChevronsUpDown aria-hidden="true" className="hidden size-4 shrink-0 text-ink-soft sm:inline" />
    </button>
  );
}
