import { authenticatedFetch, isKeyfobError } from 'tauri-plugin-keyfob-api';

/** An API answered, and not with success. `fetch` takes that for an answer like any other; a cache must not. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number) {
    super(`The API says ${status}.`);
    this.status = status;
  }
}

export async function getJson<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await authenticatedFetch(url, init);
  if (!response.ok) throw new ApiError(response.status);
  return response.json();
}

/** Statuses after which the same request may succeed later (RFC 9110, section 15). */
const PASSING = [408, 429, 502, 503, 504];

/** Whether the same request may succeed later, with nobody doing anything. */
export function isRetryable(error: unknown): boolean {
  if (isKeyfobError(error)) return error.retryable;
  return error instanceof ApiError && PASSING.includes(error.status);
}
