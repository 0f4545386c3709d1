// @ts-check
// Protected APIs, one for each audience. They judge a token as a real resource server has to (RFC 9068, section 4).
import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { fullName } from './people.mjs';
import { NonceWanted, Proofs } from './proofs.mjs';
import { listen, readBody, sendJson } from './servers.mjs';

export const APIS = {
  notes: { audience: 'urn:keyfob:notes', scopes: ['notes:read', 'notes:write'] },
  orders: { audience: 'urn:keyfob:orders', scopes: ['orders:read'] },
  // Refuses what it doesn't take with 403 and no challenge, as many APIs of old do.
  legacy: { audience: 'urn:keyfob:legacy', scopes: ['legacy:read'] },
};

/** What a page of any origin may send and see; `*` allows no cookies. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, dpop',
  'access-control-expose-headers': 'dpop-nonce, www-authenticate',
};

/** @typedef {{ audience: string, issuers: string[], keys: import('jose').JSONWebKeySet, control: import('./control.mjs').Control }} Trust */
/** @typedef {(response: import('node:http').ServerResponse, scheme: string, reason: { error: string, description?: string }) => void} Refusal */

/**
 * @param {Trust} trust
 * @param {Refusal} [refusal]
 */
export function startApi(trust, refusal = challenge) {
  return listen(() => allowEveryOrigin(watch(trust.control, protect(trust, refusal))));
}

/** @type {Refusal} */
export function forbid(response, _scheme, { error, description }) {
  sendJson(response, 403, { status: { text: description ?? error, severity: 'error' } });
}

/**
 * @param {import('node:http').RequestListener} next
 * @returns {import('node:http').RequestListener}
 */
function allowEveryOrigin(next) {
  return (request, response) => {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else next(request, response);
  };
}

/**
 * @param {import('./control.mjs').Control} control
 * @param {import('node:http').RequestListener} next
 * @returns {import('node:http').RequestListener}
 */
function watch(control, next) {
  return (request, response) => {
    control.apiRequests.push(`${request.method} ${request.url}`);
    // From here on: who has seen it arrive may abandon it before its token is judged.
    response.on('close', () => {
      if (!response.writableFinished) control.abandonedAt = Date.now();
    });
    const failure = control.apiFailures.shift();
    if (failure) sendJson(response, failure, { error: 'as a test wants it' });
    else next(request, response);
  };
}

/**
 * @param {Trust} trust
 * @param {Refusal} refuse
 * @returns {import('node:http').RequestListener}
 */
function protect({ audience, issuers, keys, control }, refuse) {
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
    if (control.isExpired(token)) throw new errors.JWTExpired('it has expired', payload);
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
      refuse(response, 'Bearer', { error: 'missing_token' });
      return;
    }
    try {
      const claims = await judge(request, { token, bound });
      await answer(request, response, claims);
    } catch (error) {
      if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
        control.misdirectedTokens += 1;
      refuse(response, bound ? 'DPoP' : 'Bearer', blame(error));
    }
  };
}

/**
 * A request without a token is told of no error (RFC 6750, section 3.1).
 * @type {Refusal}
 */
function challenge(response, scheme, { error, description }) {
  const attributes = description ? `, error="${error}", error_description="${description}"` : '';
  const headers = { 'www-authenticate': `${scheme} realm="keyfob"${attributes}` };
  sendJson(response, 401, { error, description }, headers);
}

/** @param {unknown} reason */
function blame(reason) {
  const error = reason instanceof NonceWanted ? 'use_dpop_nonce' : 'invalid_token';
  const description =
    reason instanceof errors.JOSEError ? reason.message.replaceAll('"', "'") : 'not a token';
  return { error, description };
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {import('jose').JWTPayload} claims
 */
async function answer(request, response, { sub = '', aud, exp, scope }) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api');
  switch (`${request.method} ${pathname}`) {
    case 'GET /me': {
      const message = `Hello, ${fullName(sub)}`;
      sendJson(response, 200, { sub, audience: aud, message, scope, tokenExpiresAt: exp });
      break;
    }
    case 'POST /echo': {
      const body = await readBody(request);
      const type = request.headers['content-type'] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type }).end(body);
      break;
    }
    case 'POST /exchange':
      await exchange(request, response, Number(searchParams.get('bytes')));
      break;
    case 'GET /redirect':
      response.writeHead(307, { location: searchParams.get('to') ?? '/' }).end();
      break;
    // For whoever goes away in the middle of it.
    case 'GET /silent':
      break;
    case 'GET /endless':
      pipeline(Readable.from(zeros(Number.POSITIVE_INFINITY)), response, () => undefined);
      break;
    default:
      if (request.method === 'GET' && pathname in DOCUMENTS)
        sendJson(response, 200, DOCUMENTS[pathname](sub));
      else sendJson(response, 404, { error: 'not_found' });
  }
}

/**
 * Takes a body of any size, keeps nothing of it but its digest, and answers with so many zeros.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {number} bytes
 */
async function exchange(request, response, bytes) {
  const digest = createHash('sha256');
  for await (const chunk of request) digest.update(chunk);
  response.writeHead(200, { 'x-digest': digest.digest('hex'), 'content-type': 'application/octet-stream' });
  pipeline(Readable.from(zeros(bytes)), response, () => undefined);
}

/** @param {number} bytes */
function* zeros(bytes) {
  const piece = Buffer.alloc(64 * 1024);
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}

/** What there is for each person. @type {Record<string, (sub: string) => unknown>} */
const DOCUMENTS = {
  '/data': (sub) => ({ owner: sub, items: ['ink', 'paper'] }),
  '/orders': (sub) => ({ owner: sub, orders: [{ number: 1, item: 'ink' }] }),
  '/profile': (sub) => ({ id: sub, name: fullName(sub) }),
};
