import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/CopyButton';
import { Panel } from '../../components/Panel';
import { useIntoView } from '../../hooks/useIntoView';
import { AnswerBody } from './AnswerBody';
import type { Answer } from './exchange';
import { byteSize, count, timeTaken } from './units';
import { Way } from './Way';

/** What the API said, and how it came about. */
export function AnswerPanel({ answer }: { answer: Answer }) {
  const { t } = useTranslation('console');
  const { status, statusText, isOk, text } = answer;
  const element = useIntoView<HTMLElement>(answer);
  const tone = isOk ? 'bg-good-soft text-good' : 'bg-bad-soft text-bad';
  return (
    <Panel
      ref={element}
      title={t('answer')}
      actions={
        text !== null &&
        text !== '' && (
          <div className="-my-2">
            <CopyButton text={() => text}>{t('copyAll')}</CopyButton>
          </div>
        )
      }
    >
      <div data-testid="answer" data-status={status} className="grid grid-cols-1 gap-4">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm tabular-nums">
          <span className={`quotable rounded-md px-2 py-0.5 font-medium ${tone}`}>
            {status} {statusText}
          </span>
          <span className="text-ink-soft">{timeTaken(answer.milliseconds)}</span>
          <span className="text-ink-soft">{byteSize(answer.size)}</span>
        </p>
        {answer.outcome && <Way outcome={answer.outcome} status={status} />}
        {answer.cut && (
          <p className="rounded-lg bg-warn-soft px-4 py-2.5 text-sm text-warn">
            {t(`cut.${answer.cut}`, { size: byteSize(answer.size) })}
          </p>
        )}
        <AnswerBody answer={answer} />
        {answer.headers.length > 0 && <Headers headers={answer.headers} />}
      </div>
    </Panel>
  );
}

function Headers({ headers }: Pick<Answer, 'headers'>) {
  const { t } = useTranslation('console');
  return (
    <details className="text-sm">
      <summary className="w-fit cursor-default rounded-md text-ink-soft hover:text-ink">
        {t('answerHeaders', { count: headers.length, number: count(headers.length) })}
      </summary>
      <dl className="quotable mt-2 grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1 font-mono text-xs">
        {headers.map(([name, value], index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a header may stand there twice.
          <div key={index} className="contents">
            <dt className="break-words text-ink-soft">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
