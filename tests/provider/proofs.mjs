// @ts-check
// Proofs of possession, judged as a resource server has to (RFC 9449, sections 4.3, 7 and 9), by jose alone.
import { createHash, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose';

/** Seconds that a proof may be old or early. */
const TOLERANCE = 300;

export class NonceWanted extends Error {}

/** The proofs that one API has seen, and the nonces that it has given. */
export class Proofs {
  /** @type {Set<string>} */
  #ids = new Set();
  /** @type {Set<string>} */
  #nonces = new Set();

  /** For the next proof; each answer has another. */
  nonce() {
    const nonce = randomBytes(16).toString('base64url');
    this.#nonces.add(nonce);
    return nonce;
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {string} token
   * @param {unknown} boundTo the thumbprint in the token
   */
  async judge(request, token, boundTo) {
    const [proof, ...more] = request.headersDistinct.dpop ?? [];
    if (!proof || more.length > 0) throw new errors.JWTInvalid('there must be one proof');
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
    });
    const { jwk } = protectedHeader;
    if (!jwk || 'd' in jwk) throw new errors.JWTInvalid('the key must be the public one');
    if ((await calculateJwkThumbprint(jwk)) !== boundTo)
      throw new errors.JWTInvalid('the key is not that of the token');
    const { pathname } = new URL(request.url ?? '/', 'http://api');
    const expected = {
      htm: request.method,
      htu: `http://${request.headers.host}${pathname}`,
      ath: createHash('sha256').update(token).digest('base64url'),
    };
    for (const [claim, value] of Object.entries(expected))
      if (payload[claim] !== value) throw new errors.JWTInvalid(`${claim} is not of this request`);
    if (Math.abs(Date.now() / 1000 - Number(payload.iat)) > TOLERANCE)
      throw new errors.JWTInvalid('the proof is not of now');
    if (this.#ids.has(String(payload.jti))) throw new errors.JWTInvalid('the proof has been used');
    this.#ids.add(String(payload.jti));
    if (!this.#nonces.has(String(payload.nonce))) throw new NonceWanted();
  }
}
