import { ChevronRight } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getAuthorizationUrl } from 'tauri-plugin-keyfob-api';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { CopyLine } from '../../components/CopyLine';

/** As long as somebody needs who has no trouble. */
const TROUBLE_MS = 20_000;

/** A provider that doesn't know the redirect URI tells the person in the browser, and nobody here. */
export function RedirectError() {
  const { signIn: pending } = useSession();
  return pending && <AfterAWhile key={pending.id} />;
}

function AfterAWhile() {
  const { t } = useTranslation('signIn');
  const redirectUri = useRedirectUri();
  if (!redirectUri) return null;
  return (
    <Collapsible.Root className="mt-4 border-line border-t pt-3 text-sm" data-testid="redirect-error">
      <Collapsible.Trigger className="group flex min-h-8 w-full items-center gap-1.5 rounded-md text-left text-ink-soft hover:text-ink">
        <ChevronRight
          aria-hidden="true"
          className="size-4 shrink-0 transition-transform group-data-[state=open]:rotate-90"
        />
        {t('redirectError.question')}
      </Collapsible.Trigger>
      <Collapsible.Content className="pt-1 pl-5.5">
        <p className="text-pretty">{t('redirectError.answer')}</p>
        <div data-testid="redirect-uri" className="mt-2">
          <CopyLine text={redirectUri} name={t('redirectError.name')} />
        </div>
        <p className="mt-2 text-pretty">{t('redirectError.client')}</p>
      </Collapsible.Content>
    </Collapsible.Root>
  );
}

/** What the browser was sent with; null in the first seconds, and where a pushed request hides it. */
function useRedirectUri(): string | null {
  const [redirectUri, setRedirectUri] = useState<string | null>(null);
  useEffect(() => {
    const ask = async () => {
      const url = await getAuthorizationUrl().catch(() => null);
      setRedirectUri(url && new URL(url).searchParams.get('redirect_uri'));
    };
    const timer = setTimeout(ask, TROUBLE_MS);
    return () => clearTimeout(timer);
  }, []);
  return redirectUri;
}
