import { type FormEvent, useEffect, useId, useState } from 'react';
import { type Submission, submitCallback } from 'tauri-plugin-keyfob-api';
import { useAction } from '../hooks/useAction';
import { strings } from '../strings';
import { Button } from './Button';
import { ErrorNotice } from './ErrorNotice';

/** Most are back by then, and need not read more. */
const PATIENCE_MS = 20_000;

/** For a browser that ended on a page which Keyfob never heard of: an extension or a proxy was in the way, say. */
export function PasteAddress() {
  const isLate = useIsLate();
  return isLate ? <Form /> : null;
}

function Form() {
  const { paste } = strings.signingIn;
  const field = useId();
  const outcome = useId();
  const [address, setAddress] = useState('');
  const [submission, setSubmission] = useState<Submission | null>(null);
  const submit = useAction(async () => setSubmission(await submitCallback(address)));
  const failure = submission !== null && submission !== 'accepted' ? paste.failures[submission] : null;

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (submission === 'accepted') return;
    setSubmission(null);
    void submit.run();
  };

  return (
    <form
      onSubmit={onSubmit}
      data-testid="paste-address"
      className="mt-5 grid gap-2 border-line border-t pt-5"
    >
      <label htmlFor={field} className="text-pretty text-ink-soft text-sm">
        {paste.label}
      </label>
      <div className="flex gap-2">
        <input
          id={field}
          type="text"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={address}
          aria-invalid={failure !== null}
          aria-describedby={outcome}
          onChange={(event) => {
            setAddress(event.target.value);
            setSubmission(null);
          }}
          className="min-w-0 flex-1 rounded-lg border border-line-strong bg-inset px-3 py-2 font-mono text-ink text-xs"
        />
        <Button type="submit" busy={submit.busy || submission === 'accepted'}>
          {paste.submit}
        </Button>
      </div>
      <p id={outcome} role="status" className="text-pretty text-sm">
        {failure !== null && <span className="text-bad">{failure}</span>}
        {submission === 'accepted' && paste.accepted}
      </p>
      <ErrorNotice error={submit.error} />
    </form>
  );
}

function useIsLate(): boolean {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLate;
}
