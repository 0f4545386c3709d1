import type { ReactNode } from 'react';
import { cancelSignIn } from '../../sign-in.js';
import { type SignInAction, useKit } from './parts.js';
import { type Action, useAction } from './useAction.js';

interface ActionButtonProps {
  name: SignInAction;
  action: Action;
  children: ReactNode;
}

/** A button that runs an action, and does nothing more until that is done. */
export function ActionButton({ name, action, children }: ActionButtonProps) {
  const { parts } = useKit();
  return (
    <parts.Button action={name} state={action.busy ? 'busy' : 'ready'} type="button" onClick={action.run}>
      {children}
    </parts.Button>
  );
}

/** Starts the sign-in. Until the browser is open it can be cancelled: finding the provider takes as long as a slow network does. */
export function SignInButtons({ attempt, children }: { attempt: Action; children: ReactNode }) {
  const { texts } = useKit();
  return (
    <>
      <ActionButton name="sign-in" action={attempt}>
        {attempt.busy ? texts.opening : children}
      </ActionButton>
      {attempt.busy && <CancelButton />}
    </>
  );
}

function CancelButton() {
  const { texts } = useKit();
  const cancel = useAction(() => cancelSignIn());
  return (
    <ActionButton name="cancel" action={cancel}>
      {texts.cancel}
    </ActionButton>
  );
}
