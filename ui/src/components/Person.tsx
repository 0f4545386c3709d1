import { Avatar } from 'radix-ui';
import type { ReactNode } from 'react';
import type { User } from 'tauri-plugin-keyfob-api';
import { initials } from '../format';
import { strings } from '../strings';

/** Who it is: picture or initials, name, and email. */
export function Person({ user, children }: { user: User; children?: ReactNode }) {
  const name = user.name ?? user.email ?? user.sub;
  return (
    <div className="flex items-center gap-4">
      <Avatar.Root
        data-testid="avatar"
        className="grid size-14 shrink-0 place-items-center overflow-hidden rounded-full bg-accent-soft"
      >
        {user.picture && <Avatar.Image src={user.picture} alt="" className="size-full object-cover" />}
        <Avatar.Fallback aria-hidden="true" className="font-semibold text-ink text-lg">
          {initials(name)}
        </Avatar.Fallback>
      </Avatar.Root>
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
          {user.email ?? strings.signedIn.emailUnknown}
        </p>
        {children}
      </div>
    </div>
  );
}
