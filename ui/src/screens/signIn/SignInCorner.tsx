import { Settings, Stethoscope } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useNavigation, type ViewName } from '../../shell/navigation';

const ICONS = { diagnostics: Stethoscope, settings: Settings } as const satisfies Partial<
  Record<ViewName, unknown>
>;

/** What is there for who isn't signed in, out of the way. */
export function SignInCorner() {
  const { t } = useTranslation();
  const { go } = useNavigation();
  return (
    <nav aria-label={t('nav.label')} className="absolute top-3 right-3 flex gap-1">
      {(['diagnostics', 'settings'] as const).map((view) => {
        const Icon = ICONS[view];
        return (
          <button
            key={view}
            type="button"
            aria-label={t(`nav.${view}`)}
            title={t(`nav.${view}`)}
            data-testid={`go-${view}`}
            onClick={() => go(view)}
            className="grid size-9 place-items-center rounded-lg text-ink-soft transition-colors hover:bg-hover hover:text-ink"
          >
            <Icon aria-hidden="true" className="size-4.5" />
          </button>
        );
      })}
    </nav>
  );
}
