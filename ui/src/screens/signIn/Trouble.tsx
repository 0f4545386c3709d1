import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getAuthorizationUrl, type PendingSignIn, signIn } from 'tauri-plugin-keyfob-api';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { useAction } from 'tauri-plugin-keyfob-api/react/sign-in';
import { useAppState } from '../../appState';
import { Button } from '../../components/Button';
import { CopyLine } from '../../components/CopyLine';
import { Disclosure } from '../../components/Disclosure';
import { ErrorNotice } from '../../components/ErrorNotice';

/** As long as somebody needs who has no trouble. */
const TROUBLE_MS = 20_000;

/** What may keep a person in the browser, and the ways out. */
export function Trouble() {
  const { signIn: pending } = useSession();
  return pending && !pending.answered && <AfterAWhile key={pending.id} pending={pending} />;
}

function AfterAWhile({ pending }: { pending: PendingSignIn }) {
  const isLate = useIsLate();
  return (
    isLate && (
      <>
        <AnotherWayBack pending={pending} />
        <RedirectError />
      </>
    )
  );
}

/** For a browser that doesn't open the link: where the provider knows an address of this computer, that one. */
function AnotherWayBack({ pending }: { pending: PendingSignIn }) {
  const { t } = useTranslation('signIn');
  const { provider } = useAppState();
  const take = useAction(() => signIn({ redirect: 'loopback' }));
  const isKnown = provider?.redirectUris.some((uri) => uri.startsWith('http:'));
  // What a step-up asked for is known to who has begun it.
  if (!isKnown || pending.redirect === 'loopback' || pending.purpose === 'step_up') return null;
  return (
    <div className="mt-5 grid gap-2 border-line border-t pt-4 text-sm" data-testid="another-way-back">
      <p className="text-pretty text-ink-soft">{t('anotherWayBack.question')}</p>
      <ErrorNotice error={take.error} />
      <Button data-testid="take-another-way-back" busy={take.busy} onClick={take.run}>
        {t('anotherWayBack.take')}
      </Button>
    </div>
  );
}

/** A provider that doesn't know the redirect URI tells the person in the browser, and nobody here. */
function RedirectError() {
  const { t } = useTranslation('signIn');
  const redirectUri = useRedirectUri();
  if (!redirectUri) return null;
  return (
    <div className="mt-4 border-line border-t pt-3">
      <Disclosure question={t('redirectError.question')} testid="redirect-error">
        <p className="text-pretty">{t('redirectError.answer')}</p>
        <div data-testid="redirect-uri" className="mt-2">
          <CopyLine text={redirectUri} name={t('redirectError.name')} />
        </div>
        <p className="mt-2 text-pretty">{t('redirectError.client')}</p>
      </Disclosure>
    </div>
  );
}

function useIsLate(): boolean {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), TROUBLE_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLate;
}

/** What the browser was sent with; null until that is known, and where a pushed request hides it. */
function useRedirectUri(): string | null {
  const [redirectUri, setRedirectUri] = useState<string | null>(null);
  useEffect(() => {
    const ask = async () => {
      const url = await getAuthorizationUrl().catch(() => null);
      setRedirectUri(url && new URL(url).searchParams.get('redirect_uri'));
    };
    void ask();
  }, []);
  return redirectUri;
}
