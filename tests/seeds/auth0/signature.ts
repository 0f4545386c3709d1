import { type AccessTokenOptions, type AccessTokenResponse, getAccessToken } from 'tauri-plugin-keyfob-api';

interface GetAccessToken {
  (options?: AccessTokenOptions & { includeFullResponse?: false }): Promise<string>;
  (options: AccessTokenOptions & { includeFullResponse: true }): Promise<AccessTokenResponse>;
}

/** It compiles: the overloads are the same. */
export const sameSignature: GetAccessToken = getAccessToken;
