import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from './exchange';
import { type JsonLine, type JsonPiece, jsonLines } from './json';
import { byteSize, count } from './units';

/** More than anybody reads, and little enough to lay out at once. */
const SHOWN_LINES = 400;
const SHOWN_CHARACTERS = 20_000;
const SHOWN_OF_A_PIECE = 2000;

const COLORS: Readonly<Record<JsonPiece['kind'], string>> = {
  key: 'font-medium text-ink',
  string: 'text-good',
  number: 'text-warn',
  literal: 'text-warn',
  mark: 'text-ink-soft',
};

/** The body, indented if it is JSON; as text whatever it is. */
export function AnswerBody({ answer }: { answer: Answer }) {
  const { t } = useTranslation('console');
  const { text, size } = answer;
  const lines = useMemo(() => (text === null ? null : jsonLines(text)), [text]);
  if (size === 0) return <p className="text-ink-soft text-sm">{t('empty')}</p>;
  if (text === null) return <p className="text-ink-soft text-sm">{t('binary', { size: byteSize(size) })}</p>;
  return (
    <section aria-label={t('bodyOfAnswer')} className="overflow-hidden rounded-lg border border-line">
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        tabIndex={0}
        data-testid="answer-body"
        className="quotable max-h-96 overflow-auto bg-inset px-4 py-3 font-mono text-xs leading-relaxed outline-offset-[-2px]"
      >
        {lines ? <Json lines={lines.slice(0, SHOWN_LINES)} /> : text.slice(0, SHOWN_CHARACTERS)}
      </pre>
      <p className="border-line border-t px-4 py-2 text-ink-soft text-xs empty:hidden">
        {lines
          ? lines.length > SHOWN_LINES &&
            t('cutLines', { shown: count(SHOWN_LINES), all: count(lines.length) })
          : text.length > SHOWN_CHARACTERS &&
            t('cutCharacters', { shown: count(SHOWN_CHARACTERS), all: count(text.length) })}
      </p>
    </section>
  );
}

function Json({ lines }: { lines: readonly JsonLine[] }) {
  return lines.map(({ depth, pieces }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text that never changes.
    <span key={index}>
      {'  '.repeat(depth)}
      {pieces.map(({ kind, text }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <span key={place} className={COLORS[kind]}>
          {text.length > SHOWN_OF_A_PIECE ? `${text.slice(0, SHOWN_OF_A_PIECE)}…` : text}
        </span>
      ))}
      {'\n'}
    </span>
  ));
}
