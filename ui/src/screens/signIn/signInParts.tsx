import { Check, CircleAlert, Copy, ExternalLink, Globe, KeyRound, Lock, type LucideIcon } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorCode } from 'tauri-plugin-keyfob-api';
import type {
  ActionsProps,
  ButtonProps,
  FailureProps,
  FieldProps,
  FormProps,
  HintsProps,
  OutcomeProps,
  ScreenProps,
  SignInAction,
  SignInParts,
  SignInState,
  TextProps,
  TitleProps,
  WarningProps,
} from 'tauri-plugin-keyfob-api/react/sign-in';
import { useAppState } from '../../appState';
import { Button, type ButtonLook } from '../../components/Button';
import { ErrorDetails, ErrorNotice } from '../../components/ErrorNotice';
import { Person } from '../../components/Person';
import { Screen as Card, Emblem, Heading, Lead, type ScreenName } from '../../components/Screen';
import { Spinner } from '../../components/Spinner';
import { WhatIsWrong } from '../../components/WhatIsWrong';
import { useNavigation } from '../../shell/navigation';
import { SignInCorner } from './SignInCorner';
import { Trouble } from './Trouble';

const NAMES: Record<SignInState, ScreenName> = {
  loading: 'loading',
  signed_out: 'signed-out',
  signing_in: 'signing-in',
  reauth_required: 'reauth-required',
  unavailable: 'unavailable',
};

const CURED_BY_CONNECTING: ReadonlySet<ErrorCode> = new Set(['not_configured', 'invalid_configuration']);

function Screen({ state, session, children }: ScreenProps) {
  if (state === 'loading') return <Loading />;
  return (
    <Card name={NAMES[state]} corner={<SignInCorner />}>
      <Top state={state} session={session} />
      {children}
      {state === 'signed_out' && <Promises />}
      {state === 'signing_in' && <Trouble />}
      {session.status === 'unavailable' && <WhatIsWrong code={session.code} />}
      {session.status === 'unavailable' && CURED_BY_CONNECTING.has(session.code) && <ConnectAnother />}
    </Card>
  );
}

/** Restoring takes a few milliseconds as a rule: nothing is shown of it in the first 200. */
function Loading() {
  const { t } = useTranslation('signIn');
  return (
    <Card name="loading" bare>
      <h1 className="flex animate-appear-late items-center gap-3 text-ink-soft">
        <Spinner />
        {t('loading')}
      </h1>
    </Card>
  );
}

/** Who or what the card is about. */
function Top({ state, session }: Pick<ScreenProps, 'state' | 'session'>) {
  if (state === 'reauth_required' && 'user' in session) {
    return (
      <div className="mb-6">
        <Person user={session.user} />
      </div>
    );
  }
  return <Emblem tone={state === 'unavailable' ? 'bad' : 'accent'}>{pictureOf(state, session)}</Emblem>;
}

function pictureOf(state: SignInState, session: ScreenProps['session']): ReactNode {
  if (state === 'signed_out') return <KeyRound aria-hidden="true" className="size-6" />;
  if (state === 'signing_in') return <ExternalLink aria-hidden="true" className="size-6 animate-breathe" />;
  const isLocked = session.status === 'unavailable' && session.code === 'keychain_locked';
  return isLocked ? (
    <Lock aria-hidden="true" className="size-6" />
  ) : (
    <CircleAlert aria-hidden="true" className="size-6" />
  );
}

/** Out of a configuration that somebody has broken by hand. */
function ConnectAnother() {
  const { t } = useTranslation('settings');
  const { canChangeProvider } = useAppState();
  const { go } = useNavigation();
  if (!canChangeProvider) return null;
  return (
    <div className="mt-4 grid">
      <Button onClick={() => go('connect')}>{t('provider.connect')}</Button>
    </div>
  );
}

/** Before anybody signs in: where, and what is kept of it. */
function Promises() {
  const { t } = useTranslation('signIn');
  const { provider } = useAppState();
  return (
    <ul className="mt-6 grid gap-1.5 text-ink-soft text-sm">
      {provider && <Promised icon={Globe}>{t('at', { provider: new URL(provider.issuer).host })}</Promised>}
      <Promised icon={Lock}>{t(provider?.keychain === 'memory' ? 'promiseMemory' : 'promise')}</Promised>
    </ul>
  );
}

function Promised({ icon: Icon, children }: { icon: LucideIcon; children: string }) {
  return (
    <li className="flex gap-2">
      <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">{children}</span>
    </li>
  );
}

function Failure({ failure, isWhole }: FailureProps) {
  const { t } = useTranslation('errors');
  if (!isWhole) return <ErrorNotice error={failure} />;
  return (
    <div role="alert" data-testid="error" data-code={failure.code}>
      <Heading>{t(`${failure.code}.title`)}</Heading>
      <div className="mt-1.5 text-ink-soft">
        <ErrorDetails error={failure} />
      </div>
    </div>
  );
}

function Warning({ fault }: WarningProps) {
  const { t } = useTranslation('signIn');
  return (
    <div
      role="alert"
      data-testid="deep-link-fault"
      data-fault={fault}
      className="my-5 rounded-lg border border-bad-line bg-bad-soft px-4 py-3 text-sm"
    >
      <p className="font-semibold text-bad">{t('mayNotReturnTitle')}</p>
      <p className="mt-1 text-pretty">{t(`deepLinkFaults.${fault}`)}</p>
      <p className="mt-1 text-pretty">{t('mayNotReturn')}</p>
    </div>
  );
}

function Hints({ hints }: HintsProps) {
  return (
    <ul className="mt-5 grid list-disc gap-1.5 pl-4 text-ink-soft text-sm marker:text-line-strong">
      {hints.map(({ name, text }) => (
        <li key={name} data-testid={name}>
          {text}
        </li>
      ))}
    </ul>
  );
}

const ARRANGEMENTS: Record<ActionsProps['name'], string> = {
  // A quiet button at the bottom has air of its own.
  main: 'mt-6 grid gap-2 has-data-[testid=sign-out]:-mb-3',
  browser: 'mt-6 grid grid-cols-2 gap-2',
  leave: 'mt-2 -mb-3 grid',
};

function Actions({ name, children }: ActionsProps) {
  return <div className={ARRANGEMENTS[name]}>{children}</div>;
}

const LOOKS: Record<SignInAction, ButtonLook> = {
  'sign-in': 'primary',
  cancel: 'quiet',
  'sign-out': 'quiet',
  'open-again': 'secondary',
  'copy-link': 'secondary',
  'submit-address': 'secondary',
};

function ActionButton({ action, state, type, onClick, children }: ButtonProps) {
  return (
    <Button
      type={type}
      look={LOOKS[action]}
      busy={state === 'busy'}
      data-testid={action === 'cancel' ? 'cancel-sign-in' : action}
      onClick={onClick}
    >
      {action === 'copy-link' && <CopyLinkIcon isDone={state === 'done'} />}
      {children}
    </Button>
  );
}

function CopyLinkIcon({ isDone }: { isDone: boolean }) {
  return isDone ? (
    <Check aria-hidden="true" className="size-4" />
  ) : (
    <Copy aria-hidden="true" className="size-4" />
  );
}

function Form({ onSubmit, children }: FormProps) {
  return (
    <form
      onSubmit={onSubmit}
      data-testid="paste-address"
      className="mt-5 grid gap-2 border-line border-t pt-5"
    >
      {children}
    </form>
  );
}

function Field({ label, value, onChange, isInvalid, describedBy, children }: FieldProps) {
  const field = useId();
  return (
    <div className="col-span-full grid gap-2">
      <label htmlFor={field} className="text-pretty text-ink-soft text-sm">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={field}
          type="text"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={value}
          readOnly={!onChange}
          aria-invalid={isInvalid}
          aria-describedby={describedBy}
          onFocus={(event) => event.target.select()}
          onChange={(event) => onChange?.(event.target.value)}
          className="quotable min-w-0 flex-1 rounded-lg border border-line-strong bg-inset px-3 py-2 font-mono text-ink text-xs"
        />
        {children}
      </div>
    </div>
  );
}

function Outcome({ id, isFailure, children }: OutcomeProps) {
  return (
    <p id={id} role="status" className={`text-pretty text-sm ${isFailure ? 'text-bad' : ''}`}>
      {children}
    </p>
  );
}

/** How signing in looks here. */
export const signInParts: SignInParts = {
  Screen,
  Title: ({ children }: TitleProps) => <Heading>{children}</Heading>,
  Text: ({ children }: TextProps) => <Lead>{children}</Lead>,
  Failure,
  Warning,
  Hints,
  Actions,
  Button: ActionButton,
  Form,
  Field,
  Outcome,
};
