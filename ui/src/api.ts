import { authenticatedFetch, type FetchOutcome, fetchOutcome } from 'tauri-plugin-keyfob-api';

/** What the API answered, ready to be shown. */
export interface ApiAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly isOk: boolean;
  readonly outcome: FetchOutcome;
  readonly text: string;
  readonly isTruncated: boolean;
}

/** Resolved by the engine against the configured `apiBaseUrl`. */
const PATH = 'me';

/** More than anybody reads, and little enough to lay out at once. */
const SHOWN_CHARACTERS = 20_000;

/** Asks the API who it takes the caller for. */
export async function callApi(): Promise<ApiAnswer> {
  const response = await authenticatedFetch(PATH, { headers: { Accept: 'application/json' } });
  const text = indentJson(await response.text());
  return {
    status: response.status,
    statusText: response.statusText,
    isOk: response.ok,
    outcome: fetchOutcome(response) ?? 'cached',
    text: text.slice(0, SHOWN_CHARACTERS),
    isTruncated: text.length > SHOWN_CHARACTERS,
  };
}

/** Anything that is not JSON is shown as it came. */
function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
