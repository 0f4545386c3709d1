import type { Diagnostics, Session } from 'tauri-plugin-keyfob-api';
import type { Check } from 'tauri-plugin-keyfob-api/doctor';
import { describe, expect, test } from 'vitest';
import { healthOf } from '../../src/screens/diagnostics/health';
import { redact } from '../../src/screens/diagnostics/redact';
import { type ReportSource, toMarkdown } from '../../src/screens/diagnostics/report';

const PERSON = {
  sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
  name: 'Grace Brewster Hopper',
  email: 'g.hopper+navy@mail.example.org',
};

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJncmFjZSJ9.c2lnbmF0dXJl';

const SESSION: Session = {
  status: 'signed_in',
  user: { ...PERSON, emailVerified: true, picture: 'data:image/png;base64,R3JhY2U=' },
  account: { id: 'acc_91f3', issuer: 'https://id.example.com', subject: PERSON.sub },
  freshness: 'fresh',
  offline: true,
  renewable: false,
  storageDegraded: false,
  expiresAt: 1_800_000_000,
};

const DIAGNOSTICS: Diagnostics = {
  version: '0.1.0',
  issuer: 'https://id.example.com/tenants/7c33c6c0',
  redirect: 'loopback',
  deepLinkScheme: 'dev.keyfob.desktop',
  registration: { status: 'other', handler: '/home/ghopper/bin/other' },
  keychain: 'required',
  proxy: 'http://proxy.example.com:3128',
  clockOffset: -3,
};

const check = (message: string, fix: string | null = null): Check => ({
  subject: 'handler',
  status: 'warning',
  message,
  fix,
});

const CHECKS = [
  check('Links go to /home/ghopper/apps/keyfob, which is gone.', 'Install it | anew.'),
  check('Links go to C:\\Users\\Grace Hopper\\AppData\\keyfob.exe.'),
  check('/Users/ghopper/Library/keyfob.json says g.hopper+navy@mail.example.org.'),
  check(`Refused ${TOKEN} of ${PERSON.sub} (acc_91f3).`),
  check('See https://grace:secret@id.example.com/x?login_hint=hopper#y and mailto other.one@example.net.'),
  check('Sent Authorization: Bearer opaque-token-0123456789.'),
];

const source = (change: Partial<ReportSource> = {}): ReportSource => ({
  platform: 'linux',
  version: '0.1.0',
  diagnostics: DIAGNOSTICS,
  checks: CHECKS,
  events: [
    {
      at: 1_795_000_000,
      kind: 'refresh_failed',
      audience: 'https://hopper.example.com',
      reason: { type: 'error', code: 'offline' },
      expiresAt: null,
    },
  ],
  session: SESSION,
  ...change,
});

describe('a report', () => {
  test('says what whoever mends it has to know', () => {
    const report = toMarkdown(source());
    for (const part of [
      'Keyfob 0.1.0 on linux',
      'Issuer’s host: id.example.com',
      'Redirect: loopback',
      'Links come to: other',
      'Keychain: required',
      'Proxy: yes',
      'Clock offset: -3 s',
      'Session: signed_in, offline, not renewable',
      '| handler | warning |',
      'Install it \\| anew.',
      '| refresh_failed |',
      '| offline |',
      new Date(1_795_000_000_000).toISOString(),
    ]) {
      expect(report).toContain(part);
    }
  });

  test('holds nothing that tells who somebody is, and no secret', () => {
    const report = toMarkdown(source()).toLowerCase();
    const { name, email, sub } = PERSON;
    const personal = [
      name,
      email,
      sub,
      ...name.split(' '),
      'ghopper',
      'acc_91f3',
      'g.hopper',
      'mail.example.org',
    ];
    for (const word of [
      ...personal,
      TOKEN,
      ...TOKEN.split('.'),
      'secret',
      'login_hint',
      'opaque-token',
      'other.one',
    ]) {
      expect(report).not.toContain(word.toLowerCase());
    }
    expect(report).not.toContain('tenants');
    expect(report).not.toContain('proxy.example.com');
    expect(report).not.toContain('data:image');
  });

  test('is a table that nothing in it breaks', () => {
    const rows = toMarkdown(source({ checks: [check('one\ntwo | three')] })).split('\n');
    expect(rows).toContain('| handler | warning | one two \\| three |  |');
  });

  test('is there without a session, checks, events and configuration', () => {
    const report = toMarkdown(
      source({
        diagnostics: null,
        checks: [],
        events: [],
        session: { status: 'unavailable', code: 'not_configured', message: 'See /home/ghopper/x.' },
      }),
    );
    expect(report).toContain('Session: unavailable, not_configured');
    expect(report).not.toContain('ghopper');
    expect(report.match(/None\./g)).toHaveLength(2);
  });

  test('tells the last hundred events, the newest first', () => {
    const events = Array.from({ length: 300 }, (_, at) => ({
      at,
      kind: 'refreshed' as const,
      audience: null,
      reason: null,
      expiresAt: null,
    }));
    const rows = toMarkdown(source({ events }))
      .split('\n')
      .filter((row) => row.includes('| refreshed |'));
    expect(rows).toHaveLength(100);
    expect(rows[0]).toContain(new Date(299_000).toISOString());
  });
});

describe('redacting', () => {
  const nobody = { values: [], names: [] };

  test('leaves what is nobody’s', () => {
    const text = 'The provider at https://id.example.com/a/b has no `jwks_uri` (RFC 8414, section 2).';
    expect(redact(text, nobody)).toBe(text);
    expect(redact('Keyfob keeps keys.', { values: [], names: ['Key Fob'] })).toBe('Keyfob keeps keys.');
  });

  test('takes a name for what it is, with whatever stands in it', () => {
    expect(redact('a+b (c) is here', { values: ['a+b (c)'], names: [] })).toBe('<person> is here');
    expect(redact('Jürgen, JÜRGEN', { values: [], names: ['Jürgen'] })).toBe('<person>, <person>');
    expect(redact('x', { values: ['', null], names: [null] })).toBe('x');
  });
});

describe('the health of a part', () => {
  const of = (checks: Check[]) => healthOf(checks).map(({ part, status }) => `${part} ${status}`);

  test('is that of the worst in it', () => {
    const checks: Check[] = [
      { subject: 'scheme', status: 'ok', message: '', fix: null },
      { subject: 'handler', status: 'warning', message: '', fix: '' },
      { subject: 'redirect', status: 'skipped', message: '', fix: null },
      { subject: 'keychain', status: 'failed', message: '', fix: '' },
      { subject: 'clock', status: 'skipped', message: '', fix: null },
    ];
    expect(of(checks)).toEqual([
      'keychain failed',
      'links warning',
      'provider skipped',
      'clock skipped',
      'window skipped',
    ]);
    expect(healthOf(checks).flatMap(({ findings }) => findings)).toHaveLength(2);
  });
});
