// @ts-check
// oidc-provider's configuration, once for each profile: the ways in which real providers differ.
import { randomBytes } from 'node:crypto';
import { APIS } from './apis.mjs';
import { INTERACTION_PATH } from './interactions.mjs';
import { errors, interactionPolicy } from './oidc.mjs';
import { errorPage, signedOutPage, signOutPage } from './pages.mjs';
import { claimsOf } from './people.mjs';

export const CLIENT_ID = 'keyfob-desktop';
export const REDIRECT_URIS = ['dev.keyfob.desktop:/callback', 'http://127.0.0.1/callback'];

const DAY = 24 * 60 * 60;

/** @typedef {import('oidc-provider').Configuration} Configuration */
/** @typedef {{ rotates: boolean, refreshTokens: boolean, bound: boolean }} Traits */

/** @type {Record<string, Traits>} */
export const PROFILES = {
  // Tokens are bound to a key, each request needs a nonce, and the authorization request has to be pushed.
  dpop: { rotates: false, refreshTokens: true, bound: true },
  // A used refresh token is dead, and using it again kills the one that replaced it.
  'rotate-strict': { rotates: true, refreshTokens: true, bound: false },
  'bearer-plain': { rotates: false, refreshTokens: true, bound: false },
  'no-refresh': { rotates: false, refreshTokens: false, bound: false },
};

/**
 * @param {string} profile
 * @param {import('./storage.mjs').Storage} storage
 * @param {import('./control.mjs').Control} control
 * @returns {Configuration}
 */
export function configurationOf(profile, storage, control) {
  const { rotates, refreshTokens, bound } = PROFILES[profile];
  return {
    adapter: storage.adapter(profile),
    jwks: { keys: [storage.signingKey] },
    cookies: { keys: [storage.cookieKey], names: cookieNames(profile) },
    clients: [
      {
        client_id: CLIENT_ID,
        client_name: 'Keyfob',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: refreshTokens ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
        response_types: ['code'],
        redirect_uris: REDIRECT_URIS,
        post_logout_redirect_uris: REDIRECT_URIS,
        dpop_bound_access_tokens: bound,
      },
    ],
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access', ...Object.values(APIS).flatMap(({ scopes }) => scopes)],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    // Many providers put the profile into the ID token, and the app shows it without a call to UserInfo.
    conformIdTokenClaims: false,
    findAccount: (_context, accountId) => ({ accountId, claims: () => claimsOf(accountId) }),
    // To native clients always: Core 11's prompt=consent isn't asked of them (RFC 8252).
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    // Bound ones by the provider's own rule, late in their life: a stolen one is worth nothing without the key
    // (RFC 9700, section 2.2.2).
    ...(bound ? {} : { rotateRefreshToken: rotates }),
    interactions: { url: (_context, { uid }) => INTERACTION_PATH + uid, policy: policy() },
    discovery: { prompt_values_supported: ['none', 'login', 'consent', 'select_account'] },
    features: {
      devInteractions: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
      },
      resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
      dPoP: bound
        ? { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true }
        : { enabled: false },
      pushedAuthorizationRequests: { enabled: bound, requirePushedAuthorizationRequests: bound },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => sendPage(context, signOutPage(form)),
        postLogoutSuccessSource: (context) => sendPage(context, signedOutPage()),
      },
    },
    renderError: (context, { error, error_description }) =>
      sendPage(context, errorPage(error_description ? `${error}: ${error_description}` : error)),
    clientBasedCORS: () => false,
    ttl: {
      AccessToken: () => control.accessTokenTtl,
      AuthorizationCode: 60,
      IdToken: 3600,
      RefreshToken: 14 * DAY,
      Interaction: 3600,
      Session: DAY,
      Grant: 14 * DAY,
    },
  };
}

/** The app asks for `select_account` after a sign-out, so that the next person may be another. */
function policy() {
  const prompts = interactionPolicy.base();
  prompts.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  return prompts;
}

/**
 * Cookies know no ports, so issuers on one address would overwrite each other's.
 * @param {string} profile
 */
function cookieNames(profile) {
  return {
    session: `${profile}_session`,
    interaction: `${profile}_interaction`,
    resume: `${profile}_resume`,
  };
}

/** @type {NonNullable<NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>['getResourceServerInfo']>} */
async function resourceServer(_context, audience) {
  const api = Object.values(APIS).find((candidate) => candidate.audience === audience);
  if (!api) throw new errors.InvalidTarget();
  return {
    scope: api.scopes.join(' '),
    audience,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  };
}

/**
 * @param {import('koa').Context} context
 * @param {string} page
 */
function sendPage(context, page) {
  context.type = 'html';
  context.body = page;
}
