import { ToggleGroup } from 'radix-ui';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isKeyfobError, type User } from 'tauri-plugin-keyfob-api';
import { useAccessToken, useTokenClaims } from 'tauri-plugin-keyfob-api/react';
import { CopyButton } from '../../components/CopyButton';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { type Claim, claimsOf, matching, profileOf } from './claims';

const SOURCES = ['profile', 'accessToken'] as const;

type Source = (typeof SOURCES)[number];

/** What is said about the person: by the provider, and in the access token. */
export function Claims({ user }: { user: User }) {
  const { t } = useTranslation('home');
  const [source, setSource] = useState<Source>('profile');
  return (
    <Panel title={t('claims.title')} actions={<Sources source={source} onChange={setSource} />}>
      {source === 'profile' ? <ClaimViewer claims={profileOf(user)} /> : <AccessTokenClaims />}
    </Panel>
  );
}

function Sources({ source, onChange }: { source: Source; onChange: (source: Source) => void }) {
  const { t } = useTranslation('home');
  return (
    <ToggleGroup.Root
      type="single"
      value={source}
      aria-label={t('claims.title')}
      onValueChange={(value) => value && onChange(value as Source)}
      className="flex gap-0.5 rounded-lg bg-hover p-0.5 text-sm"
    >
      {SOURCES.map((name) => (
        <ToggleGroup.Item
          key={name}
          value={name}
          className="rounded-md px-2.5 py-1 text-ink-soft data-[state=on]:bg-raised data-[state=on]:font-medium data-[state=on]:text-ink data-[state=on]:shadow-sm"
        >
          {t(`claims.${name}`)}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

/** Asks for a token, and so is only there while somebody looks at it. */
function AccessTokenClaims() {
  const { t } = useTranslation('home');
  const { loading, error } = useAccessToken();
  const claims = useTokenClaims();
  if (isKeyfobError(error)) return <ErrorNotice error={error} />;
  if (Object.keys(claims).length > 0) return <ClaimViewer claims={claims} />;
  return <p className="text-ink-soft text-sm">{!loading && t('claims.opaque')}</p>;
}

function ClaimViewer({ claims: all }: { claims: object }) {
  const { t } = useTranslation('home');
  const [words, setWords] = useState('');
  const field = useId();
  const claims = matching(claimsOf(all), words);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <label htmlFor={field} className="sr-only">
          {t('claims.search')}
        </label>
        <input
          id={field}
          type="search"
          value={words}
          placeholder={t('claims.search')}
          onChange={(event) => setWords(event.target.value)}
          className="field min-w-44 flex-1"
        />
        <CopyButton text={() => JSON.stringify(all, null, 2)}>{t('claims.copyAll')}</CopyButton>
      </div>
      <p role="status" className="sr-only">
        {words && t('claims.shown', { count: claims.length })}
      </p>
      <ClaimTable claims={claims} />
      {claims.length === 0 && (
        <p className="mt-3 break-words text-ink-soft text-sm">{t('claims.none', { words })}</p>
      )}
    </>
  );
}

function ClaimTable({ claims }: { claims: readonly Claim[] }) {
  const { t } = useTranslation('home');
  if (claims.length === 0) return null;
  return (
    <table data-testid="claims" className="mt-3 w-full table-fixed text-left text-sm">
      <thead className="sr-only">
        <tr>
          <th scope="col">{t('claims.name')}</th>
          <th scope="col">{t('claims.value')}</th>
          <th scope="col">{t('copy', { ns: 'common' })}</th>
        </tr>
      </thead>
      <tbody>
        {claims.map(({ name, value, detail }) => (
          <tr key={name} className="border-line border-t align-top">
            <th
              scope="row"
              className="quotable w-2/5 break-words py-2 pr-4 font-mono font-normal text-ink-soft text-xs leading-5"
            >
              {name}
            </th>
            <td className="quotable break-words py-2">
              {value}
              {detail && <span className="block text-ink-soft text-xs">{detail}</span>}
            </td>
            <td className="w-9 py-0.5 text-right">
              <CopyButton name={name} text={() => value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
