/** A provider that is known by name: a file in `providers/`. */
export interface Preset {
  readonly id: PresetId;
  readonly name: string;
  /** Forms of its issuers, with placeholders as `{tenant}`. */
  readonly issuers: readonly string[];
  /** Whether its token endpoint demands a secret of desktop apps. */
  readonly clientSecret: boolean;
  /** What is registered there, before it gives a client id; `{scheme}` stands for the app's own. */
  readonly redirectUris: readonly string[];
}

export type PresetId = 'auth0' | 'entra' | 'google' | 'keycloak' | 'okta' | 'workos';

interface PresetFile {
  readonly name: string;
  readonly issuers: readonly Readonly<{ issuer: string } & Record<string, unknown>>[];
  readonly clientSecret?: boolean;
  readonly redirectUris: readonly string[];
}

/** Of a provider that isn't known by name. */
const USUAL_REDIRECT_URIS: readonly string[] = ['{scheme}:/callback', 'http://127.0.0.1/callback'];

const files = import.meta.glob<PresetFile>('../../../../providers/*.json', {
  eager: true,
  import: 'default',
});

export const presets: readonly Preset[] = Object.entries(files).map(([path, file]) => ({
  id: path.replace(/^.*\/|\.json$/gu, '') as PresetId,
  name: file.name,
  issuers: file.issuers.filter(canBeTyped).map(({ issuer }) => issuer),
  clientSecret: file.clientSecret ?? false,
  redirectUris: file.redirectUris,
}));

/** What an app with this scheme registers at the provider; null is one that isn't known by name. */
export function redirectUrisAt(preset: Preset | null, scheme: string | null): string[] {
  const forms = preset?.redirectUris ?? USUAL_REDIRECT_URIS;
  return forms.flatMap((form) => {
    if (!form.includes('{scheme}')) return form;
    return scheme === null ? [] : form.replace('{scheme}', scheme);
  });
}

/** Not a form whose other keys have gaps that its issuer doesn't fill: those are written by hand. */
function canBeTyped({ issuer, ...others }: PresetFile['issuers'][number]): boolean {
  const gaps =
    JSON.stringify(others)
      .replaceAll('{tenantid}', '')
      .match(/\{\w+\}/gu) ?? [];
  return gaps.every((gap) => issuer.includes(gap));
}

/** The first part of an issuer that is still to be replaced, `{tenant}` for instance. */
export function placeholderIn(issuer: string): { text: string; start: number; end: number } | null {
  const found = /\{[^}]*\}/u.exec(issuer);
  return found && { text: found[0], start: found.index, end: found.index + found[0].length };
}
