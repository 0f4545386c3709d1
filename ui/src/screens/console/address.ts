/** Why an address can't be sent to. */
export type AddressFault = 'missing' | 'relative' | 'malformed' | 'scheme' | 'credentials';

/** What becomes of a typed address. */
export type Address =
  | { readonly url: URL; readonly fault: null }
  | { readonly url: null; readonly fault: AddressFault };

/** A host and a port that somebody has typed without a scheme. */
const HOST_AND_PORT = /^[\w.-]+:\d+(?:[/?#]|$)/;

/** Judges an address as somebody typed it; a relative one is resolved against `base`, if there is one. */
export function parseAddress(typed: string, base: string | null): Address {
  const text = typed.trim();
  if (text === '') return fault('missing');
  if (HOST_AND_PORT.test(text)) return fault('scheme');
  if (!URL.canParse(text) && base === null)
    return fault(URL.canParse(text, 'https://x') ? 'relative' : 'malformed');
  if (!URL.canParse(text, base ?? undefined)) return fault('malformed');
  const url = new URL(text, base ?? undefined);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return fault('scheme');
  if (url.username !== '' || url.password !== '') return fault('credentials');
  return { url, fault: null };
}

function fault(fault: AddressFault): Address {
  return { url: null, fault };
}

/** An API that the configuration knows. */
export interface Resource {
  readonly origin: string;
  readonly audience: string | null;
}

/** Whether the configuration binds the address to an audience, so that a token may go there. */
export function isConfigured(url: URL, resources: readonly Resource[]): boolean {
  return resources.some(({ origin }) => url.origin === originOf(origin));
}

/** The addresses to begin with: the configured ones, then those that were used before. */
export function suggestions(
  apiBaseUrl: string | null,
  resources: readonly Resource[],
  used: readonly string[],
): string[] {
  const origins = resources.map(({ origin }) => `${originOf(origin)}/`);
  return [...new Set([...(apiBaseUrl === null ? [] : [apiBaseUrl]), ...origins, ...used])];
}

/** The audiences that can be chosen. */
export function audiences(own: string | null, resources: readonly Resource[]): string[] {
  const all = [own, ...resources.map(({ audience }) => audience)];
  return [...new Set(all.filter((audience) => audience !== null))];
}

function originOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).origin : origin;
}
