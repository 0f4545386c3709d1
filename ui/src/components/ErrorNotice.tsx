import { useTranslation } from 'react-i18next';
import type { ErrorCode } from 'tauri-plugin-keyfob-api';
import type { SignInFailure } from 'tauri-plugin-keyfob-api/react/sign-in';
import { useAppState } from '../appState';
import { useIntoView } from '../hooks/useIntoView';
import { EngineWords } from './EngineWords';

/** Of these the engine's own message says more: it names the file, the key or the address that it is about. */
const TELLING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'not_configured',
  'invalid_configuration',
  'invalid_metadata',
  'issuer_mismatch',
  'authorization_failed',
  'invalid_callback',
  'loopback_unavailable',
  'token_request_failed',
  'invalid_token_response',
  'invalid_id_token',
  'keychain_unavailable',
  'url_not_allowed',
  'invalid_argument',
  'permission_denied',
  'insufficient_scope',
  'audience_mismatch',
  'certificate_untrusted',
  'internal',
]);

interface ErrorNoticeProps {
  error: SignInFailure | null;
  /** What to do, where this place knows better than the error. */
  advice?: string;
}

/** What happened and what to do. Nothing, for what the person did themselves. */
export function ErrorNotice({ error, advice }: ErrorNoticeProps) {
  const { t } = useTranslation('errors');
  const element = useIntoView<HTMLDivElement>(error);
  if (!error || error.code === 'cancelled' || error.code === 'superseded') return null;
  return (
    <div
      ref={element}
      role="alert"
      data-testid="error"
      data-code={error.code}
      className="my-4 rounded-lg border border-bad-line bg-bad-soft px-4 py-3 text-sm"
    >
      <p className="font-semibold text-bad">{t(`${error.code}.title`)}</p>
      <ErrorDetails error={error} {...(advice && { advice })} />
    </div>
  );
}

/** The lines below an error's title. */
export function ErrorDetails({ error, advice }: { error: SignInFailure; advice?: string }) {
  const { t } = useTranslation('errors');
  const ownAdvice = useAdvice(error.code);
  return (
    <>
      <p className="mt-1 text-pretty">{advice ?? ownAdvice}</p>
      {TELLING.has(error.code) && (
        <p
          className="quotable mt-2.5 line-clamp-6 break-words border-line-strong border-l-2 pl-3 text-ink text-sm"
          title={error.message}
        >
          <EngineWords text={error.message} />
        </p>
      )}
      {error.oauthErrorDescription && (
        <p
          className="quotable mt-2.5 line-clamp-3 break-words border-line-strong border-l-2 pl-3 text-ink text-sm"
          title={error.oauthErrorDescription}
        >
          {t('providerSays', { ns: 'common', words: error.oauthErrorDescription })}
        </p>
      )}
    </>
  );
}

/** What is wrong with the provider can be put right here, unless the installation has set it. */
function useAdvice(code: ErrorCode): string {
  const { t } = useTranslation('errors');
  const { canChangeProvider } = useAppState();
  if (canChangeProvider && (code === 'not_configured' || code === 'invalid_configuration')) {
    return t(`${code}.changeable`);
  }
  return t(`${code}.advice`);
}
