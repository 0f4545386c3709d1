// @ts-check
// A native client and its browser in a few lines, to try the provider by itself.
import { createHash, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { PASSWORD } from './people.mjs';
import { CLIENT_ID } from './profiles.mjs';

const REDIRECT_URI = 'dev.keyfob.desktop:/callback';

/** @typedef {{ status: number, headers: Headers, body: any }} Answer */

export class Client {
  /** @type {Map<string, string>} */
  #cookies = new Map();
  #verifier = randomBytes(32).toString('base64url');

  /** @param {any} metadata */
  constructor(metadata) {
    this.metadata = metadata;
  }

  /** @param {string} issuer */
  static async discover(issuer) {
    return new Client(await (await fetch(`${issuer}/.well-known/openid-configuration`)).json());
  }

  /** @param {string[]} resources */
  authorizationRequest(resources) {
    const challenge = createHash('sha256').update(this.#verifier).digest('base64url');
    return new URLSearchParams([
      ['client_id', CLIENT_ID],
      ['response_type', 'code'],
      ['scope', 'openid profile email offline_access notes:read'],
      ['redirect_uri', REDIRECT_URI],
      ['code_challenge', challenge],
      ['code_challenge_method', 'S256'],
      ...resources.map((resource) => ['resource', resource]),
    ]);
  }

  /**
   * Signs in and allows everything; gives the parameters of the callback.
   * @param {URLSearchParams} request
   * @param {string} userName
   */
  async authorize(request, userName) {
    const callback = await this.approve(`${this.metadata.authorization_endpoint}?${request}`, userName);
    return new URL(callback).searchParams;
  }

  /**
   * The same for anybody's authorization request; gives the callback.
   * @param {string} url
   * @param {string} userName
   */
  async approve(url, userName) {
    const signIn = await this.#browse(url);
    const consent = await this.#browse(signIn, { userName, password: PASSWORD, decision: 'sign-in' });
    return this.#browse(consent, { decision: 'allow' });
  }

  /**
   * @param {string} code
   * @param {Record<string, string>} [more]
   * @param {Record<string, string>} [headers]
   */
  exchange(code, more = {}, headers = {}) {
    const parameters = { code, code_verifier: this.#verifier, redirect_uri: REDIRECT_URI };
    return this.token({ grant_type: 'authorization_code', ...parameters, ...more }, headers);
  }

  /**
   * @param {string} refreshToken
   * @param {Record<string, string>} [more]
   */
  refresh(refreshToken, more = {}) {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
  }

  /** @param {string} refreshToken */
  revoke(refreshToken) {
    return this.post(this.metadata.revocation_endpoint, { token: refreshToken });
  }

  /**
   * @param {Record<string, string>} parameters
   * @param {Record<string, string>} [headers]
   */
  token(parameters, headers) {
    return this.post(this.metadata.token_endpoint, parameters, headers);
  }

  /**
   * @param {string} url
   * @param {Record<string, string> | URLSearchParams} parameters
   * @param {Record<string, string>} [headers]
   * @returns {Promise<Answer>}
   */
  async post(url, parameters, headers = {}) {
    const body = new URLSearchParams(parameters);
    body.set('client_id', CLIENT_ID);
    const answer = await fetch(url, { method: 'POST', body, headers });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text) };
  }

  /**
   * Follows redirects, with cookies, to a page or out of the provider.
   * @param {string} url
   * @param {Record<string, string>} [form]
   * @returns {Promise<string>} where it ended
   */
  async #browse(url, form) {
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
    const method = form ? 'POST' : 'GET';
    const body = form ? new URLSearchParams(form) : null;
    const answer = await fetch(url, {
      method,
      body,
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    const location = answer.headers.get('location');
    if (!location) return url;
    const next = new URL(location, url);
    return next.protocol === 'http:' ? this.#browse(next.href) : next.href;
  }
}

/** A DPoP key and its proofs (RFC 9449). */
export async function dpopKey() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    /**
     * @param {string} method
     * @param {string} url
     * @param {string | null} [nonce]
     */
    proof: (method, url, nonce) =>
      new SignJWT({
        jti: randomBytes(12).toString('hex'),
        htm: method,
        htu: url,
        ...(nonce ? { nonce } : {}),
      })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .setIssuedAt()
        .sign(privateKey),
  };
}
