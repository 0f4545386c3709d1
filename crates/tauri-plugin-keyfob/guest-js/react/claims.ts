/** The payload of a JWT (RFC 7519), unverified; `{}` for whatever is none. */
export function decodeClaims<T extends object>(token: string | undefined): Partial<T> {
  try {
    const claims: unknown = JSON.parse(decodeBase64Url(token?.split('.')[1] ?? ''));
    return isClaims(claims) ? (claims as Partial<T>) : {};
  } catch {
    return {};
  }
}

/** `atob` alone gives a character for each byte, which garbles whatever is not ASCII. */
function decodeBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function isClaims(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
