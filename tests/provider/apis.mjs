// @ts-check
// Two protected APIs, one for each audience. They judge a token as a real resource server has to (RFC 9068, section 4).
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { fullName } from './people.mjs';
import { NonceWanted, Proofs } from './proofs.mjs';
import { listen, readBody, sendJson } from './servers.mjs';

export const APIS = {
  notes: { audience: 'urn:keyfob:notes', scopes: ['notes:read', 'notes:write'] },
  orders: { audience: 'urn:keyfob:orders', scopes: ['orders:read'] },
};

/** @typedef {{ audience: string, issuers: string[], keys: import('jose').JSONWebKeySet }} Trust */

/** @param {Trust} trust */
export function startApi(trust) {
  return listen(() => protect(trust, answer));
}

/**
 * @param {Trust} trust
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, claims: import('jose').JWTPayload) => Promise<void>} next
 * @returns {import('node:http').RequestListener}
 */
function protect({ audience, issuers, keys }, next) {
  const findKey = createLocalJWKSet(keys);
  const proofs = new Proofs();
  const options = {
    audience,
    issuer: issuers,
    typ: 'at+jwt',
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'sub'],
  };

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {{ token: string, bound: boolean }} presented
   */
  async function judge(request, { token, bound }) {
    const { payload } = await jwtVerify(token, findKey, options);
    // A token that is bound to a key is no bearer token (RFC 9449, section 7.2), and the other way round.
    const jkt = Object(payload.cnf).jkt;
    if (bound !== (jkt !== undefined))
      throw new errors.JWTInvalid(bound ? 'it is bound to no key' : 'it is bound to a key');
    if (bound) await proofs.judge(request, token, jkt);
    return payload;
  }

  return async (request, response) => {
    const [, scheme = '', token] = /^(Bearer|DPoP) (.+)$/iu.exec(request.headers.authorization ?? '') ?? [];
    const bound = scheme.toLowerCase() === 'dpop';
    if (bound) response.setHeader('dpop-nonce', proofs.nonce());
    if (!token) {
      sendJson(response, 401, { error: 'missing_token' }, { 'www-authenticate': 'Bearer realm="keyfob"' });
      return;
    }
    try {
      const claims = await judge(request, { token, bound });
      await next(request, response, claims);
    } catch (error) {
      refuse(response, bound ? 'DPoP' : 'Bearer', error);
    }
  };
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {string} scheme
 * @param {unknown} reason
 */
function refuse(response, scheme, reason) {
  const code = reason instanceof NonceWanted ? 'use_dpop_nonce' : 'invalid_token';
  const description =
    reason instanceof errors.JOSEError ? reason.message.replaceAll('"', "'") : 'not a token';
  const challenge = `${scheme} realm="keyfob", error="${code}", error_description="${description}"`;
  sendJson(response, 401, { error: code, description }, { 'www-authenticate': challenge });
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {import('jose').JWTPayload} claims
 */
async function answer(request, response, { sub = '', aud, exp, scope }) {
  const { pathname } = new URL(request.url ?? '/', 'http://api');
  if (request.method === 'GET' && pathname === '/me') {
    sendJson(response, 200, {
      sub,
      audience: aud,
      message: `Hello, ${fullName(sub)}`,
      scope,
      tokenExpiresAt: exp,
    });
  } else if (request.method === 'POST' && pathname === '/echo') {
    const body = await readBody(request);
    response.writeHead(200, {
      'content-type': request.headers['content-type'] ?? 'application/octet-stream',
    });
    response.end(body);
  } else {
    sendJson(response, 404, { error: 'not_found' });
  }
}
