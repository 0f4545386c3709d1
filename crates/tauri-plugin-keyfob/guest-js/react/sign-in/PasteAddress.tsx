import { type FormEvent, useEffect, useId, useState } from 'react';
import type { Submission } from '../../bindings.js';
import { submitCallback } from '../../sign-in.js';
import { FailureNotice } from './FailureNotice.js';
import { useKit } from './parts.js';
import { useAction } from './useAction.js';

/** Most are back by then, and need not read more. */
const PATIENCE_MS = 20_000;

/** For a browser that ended on a page which the app never heard of: an extension or a proxy was in the way, say. */
export function PasteAddress() {
  const isLate = useIsLate();
  return isLate ? <AddressForm /> : null;
}

function AddressForm() {
  const { parts, texts } = useKit();
  const outcome = useId();
  const [address, setAddress] = useState('');
  const [submission, setSubmission] = useState<Submission | null>(null);
  const submit = useAction(async () => setSubmission(await submitCallback(address)));
  const isAccepted = submission === 'accepted';
  const isInvalid = submission !== null && !isAccepted;

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isAccepted) return;
    setSubmission(null);
    void submit.run();
  };
  const onChange = (value: string) => {
    setAddress(value);
    setSubmission(null);
  };

  return (
    <parts.Form onSubmit={onSubmit}>
      <parts.Field
        label={texts.pasteAddress}
        value={address}
        onChange={onChange}
        isInvalid={isInvalid}
        describedBy={outcome}
      >
        <parts.Button
          action="submit-address"
          state={submit.busy || isAccepted ? 'busy' : 'ready'}
          type="submit"
        >
          {texts.submitAddress}
        </parts.Button>
      </parts.Field>
      <parts.Outcome id={outcome} isFailure={isInvalid}>
        {submission && texts.submissions[submission]}
      </parts.Outcome>
      <FailureNotice failure={submit.error} />
    </parts.Form>
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
