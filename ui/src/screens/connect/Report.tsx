import { Check, CircleDashed, CircleMinus, type LucideIcon, TriangleAlert, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { FindingWords } from '../../components/FindingWords';
import { Panel } from '../../components/Panel';
import type { ProviderCheck, ProviderReport } from '../../host/commands';
import { hasWords, TELLING } from './findings';
import { RedirectUris } from './RedirectUris';

const PICTURES: Record<ProviderCheck['status'], { icon: LucideIcon; color: string }> = {
  ok: { icon: Check, color: 'text-good' },
  warning: { icon: TriangleAlert, color: 'text-warn' },
  failed: { icon: X, color: 'text-bad' },
  absent: { icon: CircleMinus, color: 'text-ink-soft' },
  skipped: { icon: CircleDashed, color: 'text-ink-soft' },
};

/** What was found of a provider, and what to do there. */
export function Report({ report: { checks, canSave, redirectUris } }: { report: ProviderReport }) {
  const { t } = useTranslation('connect');
  const element = useRef<HTMLDivElement>(null);
  const looked = checks.filter(({ status }) => status !== 'skipped');
  // It comes below what was filled in, where nobody looks yet.
  useEffect(() => element.current?.scrollIntoView({ block: 'start' }), []);
  return (
    <div ref={element} className="grid scroll-mt-4 gap-4">
      <Panel title={t('report.title')} lead={t(canSave ? 'report.good' : 'report.bad')}>
        <ul
          data-testid="provider-report"
          data-can-save={canSave}
          className="grid grid-flow-row-dense gap-x-8 gap-y-3 sm:grid-cols-2"
        >
          {looked.map((check) => (
            <Finding key={check.subject} check={check} />
          ))}
        </ul>
        {looked.length < checks.length && (
          <p className="mt-3 text-pretty text-ink-soft text-sm">{t('report.rest')}</p>
        )}
      </Panel>
      {canSave && (
        <Panel title={t('register.title')} lead={t('register.lead')}>
          <div data-testid="redirect-uris">
            <RedirectUris uris={redirectUris} />
          </div>
        </Panel>
      )}
    </div>
  );
}

function Finding({ check }: { check: ProviderCheck }) {
  const { t } = useTranslation('connect');
  const { subject, status } = check;
  const { icon: Icon, color } = PICTURES[status];
  const isTrouble = status === 'failed' || status === 'warning';
  return (
    <li
      data-subject={subject}
      data-status={status}
      className={`flex gap-2.5 text-sm ${isTrouble ? 'sm:col-span-2' : ''}`}
    >
      <Icon aria-hidden="true" className={`mt-0.5 size-4 shrink-0 ${color}`} />
      <div className="min-w-0">
        <p>
          {t(`report.subjects.${subject}`)}
          <span className="text-ink-soft">: {t(`report.statuses.${status}`)}</span>
        </p>
        {isTrouble && <Trouble check={check} />}
      </div>
    </li>
  );
}

function Trouble({ check }: { check: ProviderCheck }) {
  const { t } = useTranslation('connect');
  const key = `${check.subject}.${check.status}`;
  const said = hasWords(key)
    ? { what: t(`report.findings.${key}.what`), fix: t(`report.findings.${key}.fix`), telling: TELLING[key] }
    : null;
  return (
    <div className="mt-0.5 text-ink-soft">
      <FindingWords found={check} said={said} />
    </div>
  );
}
