import type { ProviderDraft, ProviderSummary } from '../../host/commands';
import { type Preset, placeholderIn, presets } from './presets';

/** What stands in the form. */
export interface Form {
  readonly preset: Preset | null;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export const emptyForm: Form = { preset: null, issuer: '', clientId: '', clientSecret: '' };

/** The form to begin with: who changes a provider mostly corrects it. */
export function formOf(provider: ProviderSummary | null): Form {
  if (!provider) return emptyForm;
  const { preset, issuer, clientId } = provider;
  return { ...emptyForm, preset: presets.find(({ id }) => id === preset) ?? null, issuer, clientId };
}

/** Why a field can't be as it is: the key of the sentence that says so, and what it is about. */
export type Fault =
  | { readonly key: 'missing' | 'notAnUrl' }
  | { readonly key: 'placeholder'; readonly placeholder: string };

/** What can be seen without asking anybody; whether it is a configuration, the app decides. */
export function faultsOf(form: Form): Partial<Record<'issuer' | 'clientId' | 'clientSecret', Fault>> {
  const issuer = faultOfIssuer(issuerIn(form.issuer));
  return {
    ...(issuer && { issuer }),
    ...(!form.clientId.trim() && { clientId: { key: 'missing' } }),
    ...(form.preset?.clientSecret && !form.clientSecret.trim() && { clientSecret: { key: 'missing' } }),
  };
}

/** What is sent to be checked and saved: without the spaces that come with copying. */
export function draftOf({ preset, issuer, clientId, clientSecret }: Form): ProviderDraft {
  return {
    preset: preset?.id ?? null,
    issuer: issuerIn(issuer),
    clientId: clientId.trim(),
    clientSecret: clientSecret.trim() || null,
  };
}

/** The issuer in what was copied: consoles show the address of its metadata too (Discovery section 4). */
export function issuerIn(text: string): string {
  return text.trim().replace(/\/\.well-known\/openid-configuration\/?$/u, '');
}

/** With another provider: an issuer that was typed stays, one that came with the provider before goes. */
export function withPreset(form: Form, preset: Preset | null): Form {
  const isTyped = form.issuer !== '' && !form.preset?.issuers.includes(form.issuer);
  return { ...form, preset, issuer: isTyped ? form.issuer : (preset?.issuers[0] ?? ''), clientSecret: '' };
}

function faultOfIssuer(issuer: string): Fault | null {
  if (!issuer) return { key: 'missing' };
  const placeholder = placeholderIn(issuer);
  if (placeholder) return { key: 'placeholder', placeholder: placeholder.text };
  return URL.canParse(issuer) && /^https?:/iu.test(issuer) ? null : { key: 'notAnUrl' };
}
