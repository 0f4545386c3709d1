import { useTranslation } from 'react-i18next';
import type { ApiAnswer } from '../api';
import { useIntoView } from '../hooks/useIntoView';

/** What the API said. */
export function ApiAnswerPanel({ answer }: { answer: ApiAnswer }) {
  const { t } = useTranslation('home');
  const element = useIntoView<HTMLElement>(answer);
  const tone = answer.isOk ? 'bg-good-soft text-good' : 'bg-bad-soft text-bad';
  return (
    <section
      ref={element}
      data-testid="api-answer"
      data-status={answer.status}
      data-outcome={answer.outcome}
      aria-label={t('api.answer')}
      className="mt-4 scroll-my-4 animate-appear overflow-hidden rounded-xl border border-line"
    >
      <div role="status" className="flex items-center gap-3 border-line border-b px-4 py-2.5 text-sm">
        <span className={`rounded-md px-2 py-0.5 font-medium tabular-nums ${tone}`}>
          {answer.status} {answer.statusText}
        </span>
        <span className="truncate text-ink-soft">{t(`api.outcomes.${answer.outcome}`)}</span>
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        tabIndex={0}
        className="quotable max-h-44 overflow-auto bg-inset px-4 py-3 font-mono text-xs leading-relaxed"
      >
        {answer.text || t('api.empty')}
      </pre>
      {answer.isTruncated && (
        <p className="border-line border-t px-4 py-2 text-ink-soft text-sm">{t('api.truncated')}</p>
      )}
    </section>
  );
}
