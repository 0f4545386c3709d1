import { CopyButton } from './CopyButton';
import { EngineWords } from './EngineWords';

/** What was found and what to do, by a check of the engine's. */
interface Found {
  readonly message: string;
  readonly fix: string | null;
}

/** Which of the engine's sentences say what no catalogue can: a host, a path, a line to copy. */
export type Telling = readonly (keyof Found)[];

interface FindingWordsProps {
  found: Found;
  /** In the window's own words, and what the engine's tell beyond them; null where it has none. */
  said: { readonly what: string; readonly fix: string; readonly telling: Telling } | null;
  /** What the fix is called on its copy button; without it there is none. */
  copyName?: string;
}

/** A finding in the window's language, and below it what only the engine's words, which are English, tell. */
export function FindingWords({ found, said, copyName }: FindingWordsProps) {
  const message = !said || said.telling.includes('message') ? found.message : null;
  const fix = !said || said.telling.includes('fix') ? found.fix : null;
  return (
    <div className="quotable min-w-0 text-pretty break-words">
      {said && <p>{said.what}</p>}
      {said && <p className="mt-0.5 text-ink-soft">{said.fix}</p>}
      {(message || fix) && (
        <div lang="en" className={said ? 'mt-1.5 border-line-strong border-l-2 pl-2.5 text-ink-soft' : ''}>
          {message && (
            <p>
              <EngineWords text={message} />
            </p>
          )}
          {fix && (
            <div className="flex items-start gap-1 text-ink-soft">
              <p className="min-w-0 flex-1">
                <EngineWords text={fix} />
              </p>
              {copyName && (
                <div className="-my-1">
                  <CopyButton name={copyName} text={() => fix} />
                </div>
              )}
            </div>
          )}
        </div>
      )}
    </div>
  );
}
