import { type AccessTokenResponse, getAccessToken } from 'tauri-plugin-keyfob-api';

/** The fields of a token set that an app may know. The ID token and the refresh token stay in Rust. */
export interface TokenSet {
  accessToken: string;
  scope?: string;
  requestedScope?: string;
  expiresAt: number | null;
  audience?: string | null;
  token_type?: string;
}

export async function currentTokenSet(requestedScope = ''): Promise<TokenSet> {
  const response = await getAccessToken({ scope: requestedScope, includeFullResponse: true });
  return { ...toTokenSet(response), requestedScope };
}

function toTokenSet({ token, scope, expiresAt, audience, token_type }: AccessTokenResponse): TokenSet {
  return { accessToken: token, scope, expiresAt, audience, token_type };
}
