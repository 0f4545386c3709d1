import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppState } from '../../appState';
import { Button } from '../../components/Button';
import { CopyLine } from '../../components/CopyLine';
import { Panel } from '../../components/Panel';
import type { ProviderSummary } from '../../host/commands';
import { useNavigation } from '../../shell/navigation';

/** Which provider is in force, and where that is said. */
export function Provider() {
  const { t } = useTranslation('settings');
  const { provider, providerSource, canChangeProvider, configFile } = useAppState();
  const { go } = useNavigation();
  const lead = provider ? t(`provider.sources.${providerSource}`, { file: configFile }) : t('provider.none');
  return (
    <Panel
      title={t('provider.title')}
      lead={lead}
      actions={
        canChangeProvider && (
          <Button size="small" data-testid="change-provider" onClick={() => go('connect')}>
            {provider ? t('provider.change') : t('provider.connect')}
          </Button>
        )
      }
    >
      {provider && <Summary provider={provider} />}
    </Panel>
  );
}

function Summary({ provider }: { provider: ProviderSummary }) {
  const { t } = useTranslation('settings');
  const redirectUris = useId();
  return (
    <div className="grid gap-4 text-sm">
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
        <Fact name={t('provider.issuer')}>{provider.issuer}</Fact>
        <Fact name={t('provider.clientId')}>{provider.clientId}</Fact>
      </dl>
      <div>
        <p id={redirectUris} className="mb-1.5 text-ink-soft">
          {t('provider.redirectUris')}
        </p>
        <ul aria-labelledby={redirectUris} className="grid gap-1.5">
          {provider.redirectUris.map((uri) => (
            <li key={uri}>
              <CopyLine text={uri} name={uri} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-soft">{name}</dt>
      <dd className="quotable min-w-0 break-all">{children}</dd>
    </>
  );
}
