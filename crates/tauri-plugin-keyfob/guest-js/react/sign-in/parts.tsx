import { type ComponentType, createContext, type FormEvent, type ReactNode, useContext } from 'react';
import type { DeepLinkFault } from '../../bindings.js';
import type { ErrorCode } from '../../errors.js';
import type { Session } from '../../session.js';
import type { Auth } from '../useAuth.js';
import { type SignInTexts, signInTexts } from './texts.js';

/** What `KeyfobSignIn` shows: any state but that of somebody being signed in. */
export type SignInState = Exclude<Auth['status'], 'signed_in'>;

/** What a person can do. */
export type SignInAction = 'sign-in' | 'cancel' | 'open-again' | 'copy-link' | 'submit-address' | 'sign-out';

/** What there is to show of an error, wherever it comes from. */
export interface SignInFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** The provider's own words: text, never markup. */
  readonly oauthErrorDescription?: string | null;
}

/** Around everything that is shown of one state. */
export interface ScreenProps {
  readonly state: SignInState;
  /** The session underneath, with the user where one is known and the code where there is none. */
  readonly session: Session;
  /** The id of the title, which every state but `loading` has. */
  readonly titleId: string;
  readonly children: ReactNode;
}

/** What a state is about. It gets the focus when the state changes, if it can take it (`tabIndex={-1}`). */
export interface TitleProps {
  readonly id: string;
  readonly children: ReactNode;
}

/** A sentence or two. */
export interface TextProps {
  readonly children: ReactNode;
}

/** What went wrong. `role="alert"` says it at once. */
export interface FailureProps {
  readonly failure: SignInFailure;
  /** Whether it is all that the screen is about, as in the state `unavailable`; `children` has the title then. */
  readonly isWhole: boolean;
  readonly children: ReactNode;
}

/** The browser may not find its way back. `role="alert"` says it at once. */
export interface WarningProps {
  readonly fault: DeepLinkFault;
  readonly children: ReactNode;
}

/** What a person may meet until they are back. */
export interface HintsProps {
  readonly hints: readonly { readonly name: string; readonly text: string }[];
}

/** Around buttons that stand together. */
export interface ActionsProps {
  readonly name: 'main' | 'browser' | 'leave';
  readonly children: ReactNode;
}

/** One thing to do. */
export interface ButtonProps {
  readonly action: SignInAction;
  /** While `busy` a click does nothing, and the button keeps the focus: `aria-disabled`, not `disabled`. */
  readonly state: 'ready' | 'busy' | 'done';
  readonly type: 'button' | 'submit';
  /** None: the form that the button submits is told. */
  readonly onClick?: (() => void) | undefined;
  readonly children: ReactNode;
}

/** Around the field for the browser's last address. */
export interface FormProps {
  /** Takes the address; it prevents the page from being left. */
  readonly onSubmit: (event: FormEvent) => void;
  readonly children: ReactNode;
}

/** A line of text, with its label and with the button that belongs to it. */
export interface FieldProps {
  readonly label: string;
  readonly value: string;
  /** None: the value is there to be copied. */
  readonly onChange?: (value: string) => void;
  readonly isInvalid?: boolean;
  /** The id of what is said about the value. */
  readonly describedBy?: string;
  readonly children?: ReactNode;
}

/** What became of a form. It is there before it says anything, as a live region has to be. */
export interface OutcomeProps {
  readonly id: string;
  readonly isFailure: boolean;
  readonly children: ReactNode;
}

/**
 * What `KeyfobSignIn` is made of. Put your own in the place of any; define them outside of components, as a new function
 * on each render would lose focus and input.
 */
export interface SignInParts {
  readonly Screen: ComponentType<ScreenProps>;
  readonly Title: ComponentType<TitleProps>;
  readonly Text: ComponentType<TextProps>;
  readonly Failure: ComponentType<FailureProps>;
  readonly Warning: ComponentType<WarningProps>;
  readonly Hints: ComponentType<HintsProps>;
  readonly Actions: ComponentType<ActionsProps>;
  readonly Button: ComponentType<ButtonProps>;
  readonly Form: ComponentType<FormProps>;
  readonly Field: ComponentType<FieldProps>;
  readonly Outcome: ComponentType<OutcomeProps>;
}

/** Plain elements, each with a `data-keyfob` attribute for style sheets. */
export const PLAIN: SignInParts = {
  Screen: ({ state, titleId, children }) => (
    <section
      data-keyfob="sign-in"
      data-state={state}
      aria-labelledby={state === 'loading' ? undefined : titleId}
      aria-busy={state === 'loading'}
    >
      {children}
    </section>
  ),
  Title: ({ id, children }) => (
    <h2 data-keyfob="title" id={id} tabIndex={-1}>
      {children}
    </h2>
  ),
  Text: ({ children }) => <p data-keyfob="text">{children}</p>,
  Failure: ({ failure, children }) => (
    <div data-keyfob="failure" data-code={failure.code} role="alert">
      {children}
    </div>
  ),
  Warning: ({ fault, children }) => (
    <div data-keyfob="warning" data-fault={fault} role="alert">
      {children}
    </div>
  ),
  Hints: ({ hints }) => (
    <ul data-keyfob="hints">
      {hints.map(({ name, text }) => (
        <li key={name} data-hint={name}>
          {text}
        </li>
      ))}
    </ul>
  ),
  Actions: ({ name, children }) => (
    <div data-keyfob="actions" data-actions={name}>
      {children}
    </div>
  ),
  Button: ({ action, state, type, onClick, children }) => (
    <button
      data-keyfob="button"
      data-action={action}
      data-state={state}
      aria-disabled={state === 'busy'}
      type={type}
      onClick={onClick}
    >
      {children}
    </button>
  ),
  Form: ({ onSubmit, children }) => (
    <form data-keyfob="form" onSubmit={onSubmit}>
      {children}
    </form>
  ),
  Field: ({ label, value, onChange, isInvalid, describedBy, children }) => (
    <div data-keyfob="field">
      <label>
        {label}
        <input
          value={value}
          readOnly={!onChange}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          inputMode="url"
          aria-invalid={isInvalid}
          aria-describedby={describedBy}
          onFocus={(event) => event.target.select()}
          onChange={(event) => onChange?.(event.target.value)}
        />
      </label>
      {children}
    </div>
  ),
  Outcome: ({ id, isFailure, children }) => (
    <p data-keyfob="outcome" data-failure={isFailure} id={id} role="status">
      {children}
    </p>
  ),
};

interface Kit {
  readonly parts: SignInParts;
  readonly texts: SignInTexts;
  readonly titleId: string;
}

/** What the screens are made of, from `KeyfobSignIn` down. */
export const KitContext = createContext<Kit>({ parts: PLAIN, texts: signInTexts, titleId: '' });

export function useKit(): Kit {
  return useContext(KitContext);
}

/** A session in one of its states. */
export type SessionIn<Status extends Session['status']> = Extract<Session, { status: Status }>;
