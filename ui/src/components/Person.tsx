import { Avatar } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from 'tauri-plugin-keyfob-api';
import { initials } from '../format';

/** Who it is: picture or initials, name, and email. */
export function Person({ user, children }: { user: User; children?: ReactNode }) {
  const { t } = useTranslation('home');
  const name = nameOf(user);
  return (
    <div className="flex min-w-0 flex-1 basis-60 items-center gap-4">
      <Portrait user={user} className="size-14 text-lg" />
      <div className="min-w-0">
        <p
          data-testid="user-name"
          dir="auto"
          title={name}
          className="quotable truncate font-semibold text-lg tracking-tight"
        >
          {name}
        </p>
        <p
          data-testid="user-email"
          dir="auto"
          title={user.email ?? undefined}
          className="quotable truncate text-ink-soft"
        >
          {user.email ?? t('emailUnknown')}
        </p>
        {children}
      </div>
    </div>
  );
}

/** Their picture, or their initials until it is there. Decoration: the name stands beside it. */
export function Portrait({ user, className }: { user: User; className: string }) {
  return (
    <Avatar.Root
      data-testid="avatar"
      className={`grid shrink-0 place-items-center overflow-hidden rounded-full bg-accent-soft font-semibold text-ink ${className}`}
    >
      {user.picture && <Avatar.Image src={user.picture} alt="" className="size-full object-cover" />}
      <Avatar.Fallback aria-hidden="true">{initials(nameOf(user))}</Avatar.Fallback>
    </Avatar.Root>
  );
}

export function nameOf(user: User): string {
  return user.name ?? user.email ?? user.sub;
}
