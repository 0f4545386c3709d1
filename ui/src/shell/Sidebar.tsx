import {
  Activity,
  House,
  KeyRound,
  LogIn,
  type LucideIcon,
  Settings,
  SquareTerminal,
  Stethoscope,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { AccountMenu } from './AccountMenu';
import { needsSession, useNavigation, views } from './navigation';
import { shortcutOf } from './useViewShortcuts';

const ICONS: Record<(typeof views)[number], LucideIcon> = {
  home: House,
  console: SquareTerminal,
  timeline: Activity,
  diagnostics: Stethoscope,
  settings: Settings,
};

/** Where to go, and who is here. A row at the top where the window is narrow. */
export function Sidebar() {
  const { t } = useTranslation();
  const { session } = useSession();
  const isSignedIn = session.status === 'signed_in';
  return (
    <aside className="z-10 flex items-center gap-2 border-line border-b bg-inset p-2 sm:sticky sm:top-0 sm:h-dvh sm:w-54 sm:shrink-0 sm:flex-col sm:items-stretch sm:border-r sm:border-b-0 sm:p-3">
      <p className="hidden items-center gap-2.5 px-2.5 pt-2 pb-4 font-semibold sm:flex">
        <span className="grid size-7 place-items-center rounded-lg bg-accent text-on-accent">
          <KeyRound aria-hidden="true" className="size-4" />
        </span>
        {t('app')}
      </p>
      <nav aria-label={t('nav.label')} className="min-w-0 flex-1">
        <ul className="flex gap-1 sm:flex-col">
          {!isSignedIn && <Entry view="home" icon={LogIn} label={t('nav.signIn')} />}
          {views
            .filter((view) => isSignedIn || !needsSession(view))
            .map((view) => (
              <Entry key={view} view={view} icon={ICONS[view]} label={t(`nav.${view}`)} />
            ))}
        </ul>
      </nav>
      {isSignedIn && <AccountMenu session={session} />}
    </aside>
  );
}

interface EntryProps {
  view: (typeof views)[number];
  icon: LucideIcon;
  label: string;
}

function Entry({ view, icon: Icon, label }: EntryProps) {
  const { view: current, go } = useNavigation();
  const shortcut = shortcutOf(view);
  return (
    <li>
      <button
        type="button"
        aria-current={view === current ? 'page' : undefined}
        aria-keyshortcuts={shortcut.spoken}
        aria-label={label}
        title={`${label} (${shortcut.shown})`}
        data-testid={`go-${view}`}
        onClick={() => go(view)}
        className="flex min-h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-left text-ink-soft transition-colors hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:font-medium aria-[current=page]:text-ink"
      >
        <Icon aria-hidden="true" className="size-4.5 shrink-0" />
        <span className="hidden truncate sm:inline">{label}</span>
      </button>
    </li>
  );
}
