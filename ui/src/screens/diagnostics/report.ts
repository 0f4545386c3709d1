import type { Diagnostics, EventReason, Session, SessionEvent } from 'tauri-plugin-keyfob-api';
import type { Check } from 'tauri-plugin-keyfob-api/doctor';
import { host } from '../../format';
import { type Personal, redact } from './redact';

/** What a report is made of. */
export interface ReportSource {
  readonly platform: string;
  /** Of the app. */
  readonly version: string;
  readonly diagnostics: Diagnostics | null;
  readonly checks: readonly Check[];
  readonly events: readonly SessionEvent[];
  readonly session: Session | { status: string };
}

/** As many as a report tells. */
const LAST_EVENTS = 100;

/** For whoever mends it: in English, with the engine's own words. Nothing in it tells who somebody is. */
export function toMarkdown(source: ReportSource): string {
  const personal = personalOf(source.session);
  // Before it is escaped: what is looked for is found as it was.
  const clean = (text: string) => redact(text, personal);
  const events = source.events.slice(-LAST_EVENTS).reverse();
  const parts = [
    `### Keyfob ${source.version} on ${source.platform}`,
    clean(setup(source)),
    '#### Checks',
    table(
      ['Subject', 'Status', 'Message', 'Fix'],
      source.checks.map((check) => checkCells(check).map(clean)),
    ),
    '#### Last events',
    table(
      ['When (UTC)', 'What', 'Audience', 'Why'],
      events.map((event) => eventCells(event).map(clean)),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function setup({ diagnostics, session }: ReportSource): string {
  const known = diagnostics && {
    Engine: diagnostics.version,
    'Issuer’s host': host(diagnostics.issuer),
    Redirect: diagnostics.redirect,
    'Scheme of links': diagnostics.deepLinkScheme ?? 'none',
    'Links come to': diagnostics.registration?.status ?? 'unknown',
    Keychain: diagnostics.keychain,
    Proxy: diagnostics.proxy === null ? 'none' : 'yes',
    'Clock offset': diagnostics.clockOffset === null ? 'unknown' : `${diagnostics.clockOffset} s`,
  };
  const lines = { ...known, Session: stateOf(session) };
  return Object.entries(lines)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join('\n');
}

function stateOf(session: ReportSource['session']): string {
  const details = [
    'offline' in session && session.offline && 'offline',
    'renewable' in session && !session.renewable && 'not renewable',
    'storageDegraded' in session && session.storageDegraded && 'not in the keychain',
    'reason' in session && session.reason,
    'code' in session && session.code,
  ].filter(Boolean);
  return [session.status, ...details].join(', ');
}

function checkCells({ subject, status, message, fix }: Check): string[] {
  return [subject, status, message, fix ?? ''];
}

function eventCells({ at, kind, audience, reason }: SessionEvent): string[] {
  return [new Date(at * 1000).toISOString(), kind, audience ?? '', reason ? reasonOf(reason) : ''];
}

function reasonOf(reason: EventReason): string {
  switch (reason.type) {
    case 'error':
      return reason.code;
    case 'reauth':
      return reason.reason;
    case 'deep_link':
      return reason.fault;
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'None.';
  const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('\\', '\\\\').replaceAll('|', '\\|');
}

function personalOf(session: ReportSource['session']): Personal {
  if (!('user' in session)) return { values: [], names: [] };
  const { user, account } = session;
  const mailbox = user.email?.split('@')[0] ?? null;
  return { values: [user.sub, user.email, account.id, account.subject], names: [user.name, mailbox] };
}
