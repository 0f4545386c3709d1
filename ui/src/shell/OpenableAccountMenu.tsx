import { useMutation, useQuery } from '@tanstack/react-query';
import { Check, LogOut, Plus } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type AccountInfo,
  type KeyfobError,
  listAccounts,
  signIn,
  signOut,
  switchAccount,
} from 'tauri-plugin-keyfob-api';
import { ErrorNotice } from '../components/ErrorNotice';
import { host } from '../format';
import type { SignedInSession } from '../session';
import { signOutHere } from '../signOutHere';
import { AccountButton } from './AccountButton';

interface OpenableAccountMenuProps {
  session: SignedInSession;
  /** It was asked for before it was there. */
  opensAtOnce: boolean;
}

/** {@link AccountMenu}, once it can be opened. */
export function OpenableAccountMenu({ session, opensAtOnce }: OpenableAccountMenuProps) {
  const { t } = useTranslation('home');
  const { data: accounts = [], error } = useQuery({
    queryKey: ['accounts', session.account.id],
    queryFn: listAccounts,
  });
  const { mutate: run, error: failure } = useMutation<unknown, KeyfobError, () => Promise<unknown>>({
    mutationFn: (act) => act(),
  });

  return (
    <>
      <ErrorNotice error={failure} />
      <DropdownMenu.Root modal={false} defaultOpen={opensAtOnce}>
        <DropdownMenu.Trigger asChild>
          <AccountButton user={session.user} />
        </DropdownMenu.Trigger>
        {/* No portal: at the end of the page it would lie outside of every landmark. */}
        <DropdownMenu.Content
          align="start"
          side="top"
          sideOffset={6}
          collisionPadding={8}
          className="z-10 w-64 max-w-[calc(100vw-1rem)] animate-appear rounded-xl border border-line bg-card p-1 shadow-card"
        >
          {!error &&
            accounts.map((info) => (
              <AccountItem
                key={info.account.id}
                info={info}
                onSelect={() => run(() => switchAccount(info.account.id))}
              />
            ))}
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <Item data-testid="add-account" onSelect={() => run(() => signIn())}>
            <Plus aria-hidden="true" className="size-4 shrink-0" />
            {t('accounts.add')}
          </Item>
          <Item data-testid="sign-out-here" onSelect={() => run(() => signOutHere(accounts))}>
            <LogOut aria-hidden="true" className="size-4 shrink-0" />
            {t('accounts.signOut')}
          </Item>
          {accounts.length > 1 && (
            <Item data-testid="sign-out-all" onSelect={() => run(() => signOut())}>
              <LogOut aria-hidden="true" className="size-4 shrink-0" />
              {t('accounts.signOutAll')}
            </Item>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
    </>
  );
}

function AccountItem({ info, onSelect }: { info: AccountInfo; onSelect: () => void }) {
  const { t } = useTranslation('home');
  const name = info.name ?? info.email ?? info.account.subject;
  return (
    <DropdownMenu.CheckboxItem
      checked={info.current}
      aria-label={info.current ? undefined : t('accounts.switchTo', { name })}
      onSelect={() => {
        if (!info.current) onSelect();
      }}
      className={ITEM}
    >
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block truncate text-ink-soft text-xs">
          {info.email ?? host(info.account.issuer)}
        </span>
      </span>
      <DropdownMenu.ItemIndicator>
        <Check aria-hidden="true" className="size-4" />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.CheckboxItem>
  );
}

const ITEM =
  'flex min-h-9 cursor-default items-center gap-2.5 rounded-lg px-2.5 py-1 outline-none data-[highlighted]:bg-hover';

function Item({ children, ...rest }: ComponentProps<typeof DropdownMenu.Item> & { children: ReactNode }) {
  return (
    <DropdownMenu.Item className={ITEM} {...rest}>
      {children}
    </DropdownMenu.Item>
  );
}
