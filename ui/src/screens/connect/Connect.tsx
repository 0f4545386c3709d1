import { useMutation } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { useSession } from 'tauri-plugin-keyfob-api/react';
import { useAppState, useReloadAppState } from '../../appState';
import { Button } from '../../components/Button';
import { Disclosure } from '../../components/Disclosure';
import { ErrorNotice } from '../../components/ErrorNotice';
import { TextField } from '../../components/TextField';
import { checkProvider, saveProvider } from '../../host/commands';
import { useNavigation } from '../../shell/navigation';
import { View } from '../../shell/View';
import { draftOf, type Fault, type Form, faultsOf, formOf, issuerIn, withPreset } from './draft';
import { PresetChoice } from './PresetChoice';
import { placeholderIn, redirectUrisAt } from './presets';
import { RedirectUris } from './RedirectUris';
import { Report } from './Report';

/** Which provider: two things to type, a look at it, and what to register there. */
export function Connect() {
  const { t } = useTranslation('connect');
  const { session } = useSession();
  const { provider, deepLinkScheme } = useAppState();
  const [form, setForm] = useState<Form>(() => formOf(provider));
  const [showsFaults, setShowsFaults] = useState(false);
  const element = useRef<HTMLFormElement>(null);
  const check = useMutation({ mutationFn: checkProvider });
  const save = useSave();
  const faults = showsFaults ? faultsOf(form) : {};

  const edit = (change: Partial<Form>) => {
    setForm((before) => ({ ...before, ...change }));
    // What was found was found of another one.
    check.reset();
    save.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShowsFaults(true);
    setForm((before) => ({ ...before, issuer: issuerIn(before.issuer) }));
    if (Object.keys(faultsOf(form)).length === 0) check.mutate(draftOf(form));
    else focusFirstFault(element.current);
  };

  return (
    <View name="connect" title={t('title')} lead={t('lead')}>
      <form
        ref={element}
        noValidate
        onSubmit={submit}
        className="grid gap-5 rounded-xl border border-line bg-card p-5"
      >
        <PresetChoice
          preset={form.preset}
          onChange={(preset) => {
            edit(withPreset(form, preset));
            setShowsFaults(false);
          }}
        />
        <TextField
          label={t('issuer')}
          inputMode="url"
          data-testid="issuer"
          value={form.issuer}
          hint={t('issuerHint', { form: (form.preset?.issuers ?? ['https://login.example.com']).join(', ') })}
          fault={useWords(faults.issuer)}
          onFocus={(event) => selectPlaceholder(event.target)}
          onChange={(issuer) => edit({ issuer })}
        />
        <TextField
          label={t('clientId')}
          data-testid="client-id"
          value={form.clientId}
          hint={t('clientIdHint')}
          fault={useWords(faults.clientId)}
          onChange={(clientId) => edit({ clientId })}
        />
        <div className="-my-3">
          <Disclosure question={t('register.question')} testid="how-to-register">
            <p className="mb-2 text-pretty">{t('register.answer')}</p>
            <RedirectUris uris={redirectUrisAt(form.preset, deepLinkScheme)} />
          </Disclosure>
        </div>
        <ClientSecret
          form={form}
          fault={useWords(faults.clientSecret)}
          onChange={(clientSecret) => edit({ clientSecret })}
        />
        <ErrorNotice
          error={check.error}
          {...(check.error?.code === 'invalid_configuration' && { advice: t('refused') })}
        />
        <div>
          <Button
            type="submit"
            data-testid="check-provider"
            look={check.data?.canSave ? 'secondary' : 'primary'}
            busy={check.isPending}
          >
            {check.isPending ? t('checking') : t(check.data ? 'checkAgain' : 'check')}
          </Button>
        </div>
      </form>
      <div role="status">{check.data && <Report report={check.data} />}</div>
      {check.data?.canSave && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button
            look="primary"
            data-testid="save-provider"
            busy={save.isPending}
            onClick={() => save.mutate(draftOf(form))}
          >
            {save.isPending ? t('saving') : t('save')}
          </Button>
          <p className="min-w-0 flex-1 basis-64 text-pretty text-ink-soft text-sm">
            {t('account' in session ? 'footSignedIn' : 'foot')}
          </p>
        </div>
      )}
      <ErrorNotice error={save.error} />
      <p role="status" data-testid="save-outcome" className="text-sm">
        {save.data === 'declined' && t('declined')}
      </p>
    </View>
  );
}

function useSave() {
  const reload = useReloadAppState();
  const { go } = useNavigation();
  return useMutation({
    mutationFn: saveProvider,
    onSuccess: async (outcome) => {
      if (outcome !== 'saved') return;
      await reload();
      go('home');
    },
  });
}

interface ClientSecretProps {
  form: Form;
  fault: string | undefined;
  onChange: (secret: string) => void;
}

/** There for the few providers that demand one, and on demand for those that nobody knows here. */
function ClientSecret({ form, fault, onChange }: ClientSecretProps) {
  const { t } = useTranslation('connect');
  const [isWanted, setIsWanted] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const ask = () => {
    flushSync(() => setIsWanted(true));
    // The button that had the focus is gone.
    field.current?.focus();
  };
  if (form.preset && !form.preset.clientSecret) return null;
  if (!form.preset && !isWanted) {
    return (
      <div className="-my-2 -ml-3">
        <Button look="quiet" size="small" data-testid="has-secret" onClick={ask}>
          <Plus aria-hidden="true" className="size-4" />
          {t('hasSecret')}
        </Button>
      </div>
    );
  }
  return (
    <TextField
      ref={field}
      label={t('clientSecret')}
      type="password"
      value={form.clientSecret}
      hint={t('clientSecretHint')}
      fault={fault}
      onChange={onChange}
    />
  );
}

function useWords(fault: Fault | undefined): string | undefined {
  const { t } = useTranslation('connect');
  if (!fault) return undefined;
  return fault.key === 'placeholder' ? t('placeholder', { placeholder: fault.placeholder }) : t(fault.key);
}

/** So that typing replaces it. */
function selectPlaceholder(field: HTMLInputElement): void {
  const placeholder = placeholderIn(field.value);
  if (placeholder) field.setSelectionRange(placeholder.start, placeholder.end);
}

/** After the faults are shown. */
function focusFirstFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
