import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/CopyButton';
import { Panel } from '../../components/Panel';
import { Snippet } from './Snippet';

const EXAMPLE = `"resources": [
  { "origin": "https://api.example.com", "audience": "https://api.example.com" }
],
"apiBaseUrl": "https://api.example.com/"`;

/** Without an origin that is bound to an audience no token goes anywhere. */
export function NoApi({ configFile }: { configFile: string }) {
  const { t } = useTranslation('console');
  return (
    <Panel title={t('unset.title')} lead={t('unset.lead')}>
      <ol className="grid grid-cols-1 gap-4 text-sm">
        <li>
          <p>{t('unset.put')}</p>
          <Snippet name={t('unset.lines')} text={EXAMPLE} />
        </li>
        <li>
          <p>{t('unset.file')}</p>
          <div className="mt-2 flex items-center gap-2 rounded-lg border border-line bg-inset py-1 pr-1 pl-3">
            <code className="quotable min-w-0 flex-1 break-words font-mono text-xs">{configFile}</code>
            <CopyButton name={t('unset.path')} text={() => configFile} />
          </div>
        </li>
        <li>{t('unset.restart')}</li>
      </ol>
    </Panel>
  );
}
