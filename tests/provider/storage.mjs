// @ts-check
// Everything that the providers remember. With a file, it outlives the process: `npm start` twice finds the same session.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** @typedef {import('oidc-provider').AdapterPayload} Payload */

export class Storage {
  #file;
  /** @type {Map<string, Payload>} */
  #entries;
  /** @type {import('jose').JWK_RSA_Private} */
  signingKey;
  /** @type {string} */
  cookieKey;

  /** @param {string} [file] */
  constructor(file) {
    this.#file = file;
    const saved = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    this.#entries = new Map(saved.entries);
    this.signingKey = saved.signingKey ?? newSigningKey();
    this.cookieKey = saved.cookieKey ?? randomBytes(32).toString('base64url');
  }

  /**
   * The adapter class that oidc-provider asks for, with the entries of one profile.
   * @param {string} profile
   * @returns {import('oidc-provider').AdapterFactory}
   */
  adapter(profile) {
    const entries = this.#entries;
    const save = () => this.#save();
    return (model) => {
      const prefix = `${profile}:${model}:`;
      /** @param {(payload: Payload) => boolean} matches */
      const findWhere = async (matches) =>
        [...entries].find(([key, payload]) => key.startsWith(prefix) && matches(payload))?.[1];
      return {
        async upsert(id, payload) {
          entries.set(prefix + id, payload);
          save();
        },
        async find(id) {
          return entries.get(prefix + id);
        },
        findByUid: (uid) => findWhere((payload) => payload.uid === uid),
        findByUserCode: (userCode) => findWhere((payload) => payload.userCode === userCode),
        async consume(id) {
          const payload = entries.get(prefix + id);
          if (payload) payload.consumed = Math.floor(Date.now() / 1000);
          save();
        },
        async destroy(id) {
          entries.delete(prefix + id);
          save();
        },
        async revokeByGrantId(grantId) {
          for (const [key, payload] of entries) {
            if (key.startsWith(prefix) && payload.grantId === grantId) entries.delete(key);
          }
          save();
        },
      };
    };
  }

  verificationKey() {
    const { kty, n, e, kid, use, alg } = this.signingKey;
    return { kty, n, e, kid, use, alg };
  }

  #save() {
    if (!this.#file) return;
    mkdirSync(dirname(this.#file), { recursive: true });
    const { signingKey, cookieKey } = this;
    writeFileSync(this.#file, JSON.stringify({ entries: [...this.#entries], signingKey, cookieKey }), {
      mode: 0o600,
    });
  }
}

function newSigningKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    ...privateKey.export({ format: 'jwk' }),
    kid: randomBytes(8).toString('hex'),
    use: 'sig',
    alg: 'RS256',
  };
}
