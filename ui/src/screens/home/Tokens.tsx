import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type KeyfobError, listTokens, type TokenInfo } from 'tauri-plugin-keyfob-api';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { TokenRing } from '../../components/TokenRing';
import { duration } from '../../format';
import { useTokenLife } from '../../hooks/useTokenLife';

/** Which access tokens are at hand. */
export function useTokens() {
  const { generation } = useSession();
  return useQuery({
    queryKey: ['tokens', generation],
    queryFn: listTokens,
    // What was there stays until what is there is known: no flash at each renewal.
    placeholderData: (before) => before,
  });
}

interface TokensProps {
  tokens: readonly TokenInfo[] | undefined;
  error: KeyfobError | null;
}

/** The access tokens at hand, by audience. */
export function Tokens({ tokens, error }: TokensProps) {
  const { t } = useTranslation('home');
  return (
    <Panel title={t('tokens.title')} lead={t('tokens.lead')}>
      <ErrorNotice error={error} />
      {tokens?.length === 0 && <p className="text-ink-soft text-sm">{t('tokens.none')}</p>}
      <ul className="grid gap-4">
        {tokens?.map((token) => (
          <Token key={`${token.audience} ${token.requestedScope}`} token={token} />
        ))}
      </ul>
    </Panel>
  );
}

function Token({ token }: { token: TokenInfo }) {
  const { t } = useTranslation('home');
  const audience = token.audience ?? t('tokens.own');
  const scopes = token.scope.split(' ').filter(Boolean);
  return (
    <li data-testid="token" className="flex items-start gap-4">
      {token.expiresAt === null ? <Endless /> : <Ending expiresAt={token.expiresAt} audience={audience} />}
      <div className="min-w-0 flex-1 text-sm">
        <p className="quotable truncate font-medium" title={audience}>
          {audience}
        </p>
        <p className="text-ink-soft tabular-nums">
          {token.expiresAt === null ? t('tokens.endless') : <Left expiresAt={token.expiresAt} />}
          {' · '}
          {token.tokenType}
        </p>
        <ul aria-label={t('tokens.scopes')} className="mt-1.5 flex flex-wrap gap-1.5">
          {scopes.map((scope) => (
            <li
              key={scope}
              className="quotable max-w-full truncate rounded-md bg-hover px-1.5 py-0.5 font-mono text-xs"
            >
              {scope}
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}

function Left({ expiresAt }: { expiresAt: number }) {
  return useLeft(expiresAt).label;
}

function Ending({ expiresAt, audience }: { expiresAt: number; audience: string }) {
  const { t } = useTranslation('home');
  const { life, label } = useLeft(expiresAt);
  return <TokenRing life={life} label={label} name={t('tokens.ring', { audience })} />;
}

function Endless() {
  return <span aria-hidden="true" className="size-10 shrink-0 rounded-full border-4 border-line" />;
}

function useLeft(expiresAt: number) {
  const { t } = useTranslation('home');
  const life = useTokenLife(expiresAt);
  const label =
    life.secondsLeft === 0 ? t('tokens.expired') : t('tokens.left', { duration: duration(life.secondsLeft) });
  return { life, label };
}
