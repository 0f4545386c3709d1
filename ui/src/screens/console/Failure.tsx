import { useTranslation } from 'react-i18next';
import { type ErrorCode, type KeyfobError, signIn } from 'tauri-plugin-keyfob-api';
import { useAction } from 'tauri-plugin-keyfob-api/react/sign-in';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useIntoView } from '../../hooks/useIntoView';
import { parseAddress } from './address';
import type { ApiSetup } from './Console';
import { permissionLine, resourceLine, Snippet } from './Snippet';

interface FailureProps {
  error: KeyfobError;
  /** The address as it was typed. */
  url: string;
  api: ApiSetup;
  onSendAgain: () => void;
}

/** These are cured by signing in, whether or not the error says with what. */
const WANT_SIGN_IN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'not_authenticated',
  'reauth_required',
  'interaction_required',
  'insufficient_scope',
  'missing_refresh_token',
  'keychain_locked',
  'keychain_corrupt',
]);

/** Of these the same request can't do any better. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'url_not_allowed',
  'relative_url',
  'permission_denied',
  'invalid_argument',
  'not_in_tauri',
]);

/** Why no answer came, and the way out. */
export function Failure({ error, url, api, onSendAgain }: FailureProps) {
  const { t } = useTranslation('console');
  const asked = useAction(() => signIn(error.signIn ?? {}));
  const element = useIntoView<HTMLElement>(error);
  const wantsSignIn = error.signIn !== null || WANT_SIGN_IN.has(error.code);
  // RFC 8707 section 2.2: the session's own sign-in didn't ask for this API.
  const isForOthers = error.signIn !== null && error.oauthError === 'invalid_target';
  return (
    <section
      ref={element}
      aria-label={t('failure')}
      className="scroll-my-4 rounded-xl border border-line bg-card px-5 pt-1 pb-5"
    >
      <ErrorNotice error={error} {...(isForOthers && { advice: t('repair.target') })} />
      <Repair code={error.code} url={url} api={api} />
      <ErrorNotice error={asked.error} />
      <div className="flex flex-wrap gap-2">
        {wantsSignIn && (
          <Button look="primary" data-testid="ask-provider" busy={asked.busy} onClick={asked.run}>
            {error.signIn ? t('askProvider') : t('signIn')}
          </Button>
        )}
        {!HOPELESS.has(error.code) && (
          <Button data-testid="send-again" onClick={onSendAgain}>
            {t('sendAgain')}
          </Button>
        )}
      </div>
    </section>
  );
}

/** What somebody has to write where. */
function Repair({ code, url, api }: { code: ErrorCode; url: string; api: ApiSetup }) {
  const { t } = useTranslation('console');
  const origin = parseAddress(url, api.apiBaseUrl).url?.origin ?? 'https://api.example.com';
  if (code === 'permission_denied') {
    return (
      <div className="text-sm">
        <p>{t('repair.permission')}</p>
        <Snippet name={t('repair.line')} text={permissionLine(origin)} />
      </div>
    );
  }
  if (code !== 'url_not_allowed' && code !== 'relative_url') return null;
  return (
    <div className="text-sm">
      <p className="break-words">{t('repair.file', { file: api.configFile })}</p>
      <Snippet
        name={t('repair.line')}
        text={code === 'url_not_allowed' ? resourceLine(origin) : `"apiBaseUrl": "${origin}/"`}
      />
    </div>
  );
}
