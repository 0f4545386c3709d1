import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/Panel';
import { timeOfDay } from '../../format';
import { type Exchange, isAnswer } from './history';

interface PastRequestsProps {
  exchanges: readonly Exchange[];
  shown: Exchange | null;
  onOpen: (exchange: Exchange) => void;
}

/** The last requests of this run. */
export function PastRequests({ exchanges, shown, onOpen }: PastRequestsProps) {
  const { t } = useTranslation('console');
  if (exchanges.length === 0) return null;
  return (
    <Panel title={t('history.title')} lead={t('history.lead')}>
      <ul className="-mx-2 grid grid-cols-1 gap-0.5">
        {exchanges.map((exchange) => (
          <li key={exchange.id}>
            <button
              type="button"
              data-testid="past"
              aria-current={exchange.id === shown?.id ? 'true' : undefined}
              onClick={() => onOpen(exchange)}
              className="flex w-full min-w-0 items-center gap-3 rounded-lg px-2 py-1.5 text-left text-sm transition-colors hover:bg-hover aria-[current=true]:bg-hover"
            >
              <Outcome exchange={exchange} />
              <span className="w-16 shrink-0 font-medium">{exchange.draft.method}</span>
              <span className="min-w-0 flex-1 truncate font-mono text-xs" title={exchange.draft.url}>
                {exchange.draft.url}
              </span>
              <span className="shrink-0 text-ink-soft text-xs tabular-nums">{timeOfDay(exchange.at)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Outcome({ exchange: { result } }: { exchange: Exchange }) {
  const { t } = useTranslation('console');
  const isGood = isAnswer(result) && result.isOk;
  return (
    <span
      className={`w-14 shrink-0 rounded-md px-1.5 py-0.5 text-center text-xs tabular-nums ${isGood ? 'bg-good-soft text-good' : 'bg-bad-soft text-bad'}`}
    >
      {isAnswer(result) ? result.status : t('history.none')}
    </span>
  );
}
