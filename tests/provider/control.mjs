// @ts-check
// What a test may turn (token lifetimes) and what it may ask (who sent what, which secrets went out).

const DEFAULT_ACCESS_TOKEN_TTL = 600;

export class Control {
  /** Seconds; for access tokens issued from now on. */
  accessTokenTtl = DEFAULT_ACCESS_TOKEN_TTL;
  /** How many requests reached the token endpoint, refused ones included, by grant type. @type {Record<string, number>} */
  tokenRequests = {};
  /** What reached the APIs, as `GET /me`. @type {string[]} */
  apiRequests = [];
  /** How many of these requests came with a token for another API. */
  misdirectedTokens = 0;
  /** When somebody last went away from an API that was still answering, in milliseconds since 1970. */
  abandonedAt = 0;
  /** With which statuses the APIs answer the next requests. @type {number[]} */
  apiFailures = [];
  /** When a code last went to a browser, in milliseconds since 1970. */
  authorizedAt = 0;
  /** @type {string[]} */
  revokedRefreshTokens = [];
  /** Access tokens whose time is over for the APIs, whatever they say themselves. @type {Set<string>} */
  #expired = new Set();
  #secrets = {
    refreshTokens: new Set(),
    codes: new Set(),
    idTokens: new Set(),
    verifiers: new Set(),
    accessTokens: new Set(),
  };

  /** @param {unknown} settings */
  change(settings) {
    const { accessTokenTtl, ...unknown } = Object(settings);
    const [name] = Object.keys(unknown);
    if (name) throw new TypeError(`unknown setting: ${name}`);
    if (!Number.isSafeInteger(accessTokenTtl) || accessTokenTtl < 1) {
      throw new TypeError('accessTokenTtl must be a whole number of seconds, 1 at least');
    }
    this.accessTokenTtl = accessTokenTtl;
  }

  /** The APIs refuse every access token that was issued so far: they may know better than a token's `exp`. */
  expireAccessTokens() {
    for (const token of this.#secrets.accessTokens) this.#expired.add(token);
  }

  /** @param {string} accessToken */
  isExpired(accessToken) {
    return this.#expired.has(accessToken);
  }

  report() {
    const issued = Object.fromEntries(
      Object.entries(this.#secrets).map(([kind, values]) => [kind, [...values]]),
    );
    const { accessTokenTtl, tokenRequests, revokedRefreshTokens } = this;
    return { accessTokenTtl, tokenRequests, revokedRefreshTokens, issued };
  }

  /** @param {import('oidc-provider').default} provider */
  watch(provider) {
    provider.on('authorization.success', (_context, response) => {
      this.authorizedAt = Date.now();
      this.#keep('codes', response?.code);
    });
    provider.use(async (context, next) => {
      await next();
      const { route, params, entities } = context.oidc ?? {};
      if (route === 'token') this.#countTokenRequest(params ?? {}, context.body);
      if (route === 'revocation' && entities?.RefreshToken)
        this.revokedRefreshTokens.push(entities.RefreshToken.jti);
    });
  }

  /**
   * @param {Record<string, any>} params
   * @param {any} answer
   */
  #countTokenRequest(params, answer) {
    const grantType = params.grant_type ?? 'none';
    this.tokenRequests[grantType] = (this.tokenRequests[grantType] ?? 0) + 1;
    this.#keep('codes', params.code);
    this.#keep('verifiers', params.code_verifier);
    this.#keep('refreshTokens', params.refresh_token);
    this.#keep('refreshTokens', answer?.refresh_token);
    this.#keep('idTokens', answer?.id_token);
    this.#keep('accessTokens', answer?.access_token);
  }

  /**
   * @param {'refreshTokens' | 'codes' | 'idTokens' | 'verifiers' | 'accessTokens'} kind
   * @param {unknown} value
   */
  #keep(kind, value) {
    if (typeof value === 'string') this.#secrets[kind].add(value);
  }
}
