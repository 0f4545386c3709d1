/** A line of the request's head. */
export interface HeaderRow {
  readonly id: number;
  readonly name: string;
  readonly value: string;
}

/** Why a header can't be sent. */
export type HeaderFault = 'token' | 'cookies' | 'connection' | 'browser' | 'name' | 'value';

/** The engine attaches these itself. */
const TOKEN = new Set(['authorization', 'dpop']);

const COOKIES = new Set(['cookie', 'cookie2', 'set-cookie', 'set-cookie2']);

/** They belong to the connection, which the engine makes. */
const CONNECTION = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

/** A webview leaves them out without a word (Fetch standard, "forbidden request-header"). */
const BROWSER = new Set([
  'accept-charset',
  'access-control-request-headers',
  'access-control-request-method',
  'access-control-request-private-network',
  'date',
  'dnt',
  'origin',
  'referer',
]);

/** RFC 9110 section 5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** RFC 9110 section 5.5, in what a webview takes: one line of Latin-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What is wrong with a header; nothing is with a row that is still empty. */
export function headerFault({ name, value }: HeaderRow): HeaderFault | null {
  const lower = name.trim().toLowerCase();
  if (lower === '') return value.trim() === '' ? null : 'name';
  if (!NAME.test(lower)) return 'name';
  if (TOKEN.has(lower)) return 'token';
  if (COOKIES.has(lower)) return 'cookies';
  if (CONNECTION.has(lower) || lower.startsWith('proxy-')) return 'connection';
  if (BROWSER.has(lower) || lower.startsWith('sec-')) return 'browser';
  return VALUE.test(value.trim()) ? null : 'value';
}

/** The rows that say something, as pairs. */
export function headerPairs(rows: readonly HeaderRow[]): [string, string][] {
  return rows
    .map(({ name, value }): [string, string] => [name.trim(), value.trim()])
    .filter(([name]) => name !== '');
}

export function hasHeader(rows: readonly HeaderRow[], name: string): boolean {
  return rows.some((row) => row.name.trim().toLowerCase() === name);
}
