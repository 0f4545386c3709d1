import type { AccessTokenAnswer, AccessTokenOptions } from '../bindings.js';

/** The engine renews this long before expiry, and never earlier than in the last quarter of a token's life. */
const BUFFER_S = 60;

/** An access token that the make-believe provider has issued. */
export interface IssuedToken {
  readonly token: string;
  readonly audience: string | null;
  readonly requestedScope: string | null;
  readonly scope: string;
  readonly lifetime: number;
  /** In milliseconds since the epoch; null where the provider doesn't say. */
  expiresAt: number | null;
}

/** What a token is issued for. */
export interface Grant {
  readonly subject: string;
  readonly options: AccessTokenOptions;
  /** In seconds; null for a provider that doesn't say. */
  readonly lifetime: number | null;
  readonly claims: Readonly<Record<string, unknown>>;
}

let issued = 0;

/** Issues a token that no other equals: a JWT (RFC 9068) without a signature that anybody could verify. */
export function issue({ subject, options, lifetime, claims }: Grant): IssuedToken {
  issued += 1;
  const audience = options.audience ?? null;
  const scope = ['openid', ...scopesOf(options)].join(' ');
  const expiresAt = lifetime === null ? null : Date.now() + lifetime * 1000;
  const payload = { sub: subject, aud: audience ?? undefined, scope, jti: String(issued), ...claims };
  const exp = expiresAt === null ? undefined : Math.floor(expiresAt / 1000);
  return {
    token: `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode({ ...payload, exp })}.unsigned`,
    audience,
    requestedScope: scopesOf(options).join(' ') || null,
    scope,
    lifetime: lifetime ?? 0,
    expiresAt,
  };
}

/** What tokens are told apart by. */
export function keyOf(options: AccessTokenOptions): string {
  return JSON.stringify([options.audience ?? null, ...scopesOf(options)]);
}

/** How many seconds it lives on. */
export function lifeLeft({ expiresAt }: IssuedToken): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Math.max((expiresAt - Date.now()) / 1000, 0);
}

/** For how many seconds nothing has to be done to give it again; null for ever. */
export function freshFor(token: IssuedToken): number | null {
  if (token.expiresAt === null) return null;
  return Math.max(lifeLeft(token) - Math.min(BUFFER_S, token.lifetime / 4), 0);
}

/** Whether it has to be renewed before it is given. */
export function isDue(token: IssuedToken, minTtl: number): boolean {
  const most = token.lifetime - Math.min(BUFFER_S, token.lifetime / 4);
  return freshFor(token) === 0 || lifeLeft(token) <= Math.min(minTtl, most);
}

/** The engine's answer. */
export function toAnswer(token: IssuedToken, generation: number): AccessTokenAnswer {
  const { expiresAt: ms } = token;
  const expiresAt = ms === null ? null : Math.floor(ms / 1000);
  return {
    token: token.token,
    expires_at: expiresAt,
    expires_in: ms === null ? null : Math.floor(lifeLeft(token)),
    expiresAt,
    scope: token.scope,
    token_type: 'Bearer',
    audience: token.audience,
    freshFor: freshFor(token),
    generation,
  };
}

function scopesOf({ scope }: AccessTokenOptions): string[] {
  return [...new Set(scope?.split(/\s+/).filter(Boolean))].sort();
}

function encode(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
