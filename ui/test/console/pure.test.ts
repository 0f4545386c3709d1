import { describe, expect, test } from 'vitest';
import { audiences, isConfigured, parseAddress, suggestions } from '../../src/screens/console/address';
import { type Draft, impliedType } from '../../src/screens/console/exchange';
import { headerFault, headerPairs } from '../../src/screens/console/headers';
import { jsonLines, textOf } from '../../src/screens/console/json';

describe('an address', () => {
  const BASE = 'https://api.example.com/v1/';

  test.each([
    ['https://api.example.com/me', 'https://api.example.com/me'],
    ['  http://127.0.0.1:4000/x?y=z  ', 'http://127.0.0.1:4000/x?y=z'],
    ['me', 'https://api.example.com/v1/me'],
    ['/me', 'https://api.example.com/me'],
    ['?page=2', 'https://api.example.com/v1/?page=2'],
    ['//other.example/x', 'https://other.example/x'],
  ])('%o is %s', (typed, href) => {
    expect(parseAddress(typed, BASE).url?.href).toBe(href);
  });

  test.each([
    ['', 'missing'],
    ['   ', 'missing'],
    ['ftp://files.example.com', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['tauri://localhost/', 'scheme'],
    ['api.example.com:8443/me', 'scheme'],
    ['localhost:4000', 'scheme'],
    ['https://', 'malformed'],
    ['https://exa mple.com/', 'malformed'],
    ['http://user:secret@api.example.com/', 'credentials'],
  ])('%o is refused: %s', (typed, fault) => {
    expect(parseAddress(typed, BASE)).toEqual({ url: null, fault });
  });

  test('that is relative needs something to be relative to', () => {
    expect(parseAddress('/me', null)).toEqual({ url: null, fault: 'relative' });
    expect(parseAddress('https://[', null)).toEqual({ url: null, fault: 'malformed' });
  });

  const RESOURCES = [
    { origin: 'https://api.example.com', audience: 'a' },
    { origin: 'https://api.example.com/', audience: 'b' },
    { origin: 'https://EU.example.com:443', audience: null },
  ];

  test('is known by its origin alone', () => {
    expect(isConfigured(new URL('https://api.example.com/any?thing'), RESOURCES)).toBe(true);
    expect(isConfigured(new URL('https://eu.example.com/'), RESOURCES)).toBe(true);
    expect(isConfigured(new URL('http://api.example.com/'), RESOURCES)).toBe(false);
    expect(isConfigured(new URL('https://api.example.com.evil.example/'), RESOURCES)).toBe(false);
  });

  test('is suggested once: the base, the origins, and what was used', () => {
    expect(
      suggestions(BASE, RESOURCES, ['https://api.example.com/', 'https://api.example.com/v1/me']),
    ).toEqual([BASE, 'https://api.example.com/', 'https://eu.example.com/', 'https://api.example.com/v1/me']);
  });

  test('has the audiences of the configuration, the sign-in’s own first', () => {
    expect(audiences('own', RESOURCES)).toEqual(['own', 'a', 'b']);
    expect(audiences(null, RESOURCES)).toEqual(['a', 'b']);
  });
});

describe('a header', () => {
  const fault = (name: string, value = 'x') => headerFault({ id: 0, name, value });

  test.each(['Authorization', 'DPoP', ' authorization '])('%o is the engine’s', (name) => {
    expect(fault(name)).toBe('token');
  });

  test.each(['Cookie', 'Set-Cookie'])('%s is not sent by a desktop app', (name) => {
    expect(fault(name)).toBe('cookies');
  });

  test.each(['Host', 'Content-Length', 'TE', 'Transfer-Encoding', 'Upgrade', 'Proxy-Authorization'])(
    '%s belongs to the connection',
    (name) => {
      expect(fault(name)).toBe('connection');
    },
  );

  test.each(['Origin', 'Referer', 'Sec-Fetch-Mode', 'Date'])('%s a webview leaves out', (name) => {
    expect(fault(name)).toBe('browser');
  });

  test.each(['Accept', 'X-Request-Id', 'If-None-Match', 'traceparent', 'Content-Type'])(
    '%s may be set',
    (name) => {
      expect(fault(name)).toBeNull();
    },
  );

  // What the form lets through has to arrive: a webview drops what it forbids without a word.
  test.each([
    'Accept',
    'X-Request-Id',
    'If-None-Match',
    'traceparent',
    'Content-Type',
    'User-Agent',
    'Range',
  ])('%s survives a request', (name) => {
    const { headers } = new Request('https://api.example.com/', {
      headers: headerPairs([{ id: 0, name, value: 'x' }]),
    });
    expect(headers.get(name)).toBe('x');
  });

  test('needs a name, and a value of one line', () => {
    expect(fault('', '')).toBeNull();
    expect(fault('', 'x')).toBe('name');
    expect(fault('X Y')).toBe('name');
    expect(fault('Ünicode')).toBe('name');
    expect(fault('X', 'a\r\nAuthorization: b')).toBe('value');
    expect(fault('X', '🔑')).toBe('value');
    expect(fault('X', '')).toBeNull();
  });

  test('without a name is left out', () => {
    const rows = [
      { id: 1, name: ' Accept ', value: ' text/plain ' },
      { id: 2, name: '', value: '' },
    ];
    expect(headerPairs(rows)).toEqual([['Accept', 'text/plain']]);
  });
});

describe('a body’s type', () => {
  const draft = (change: Partial<Draft>): Draft => ({
    method: 'POST',
    url: '',
    audience: null,
    headers: [],
    body: '',
    ...change,
  });

  test.each([
    [{ body: '{"a":1}' }, 'application/json'],
    [{ body: 'a=1' }, 'text/plain;charset=UTF-8'],
    [{ body: '{"a":' }, 'text/plain;charset=UTF-8'],
    [{ body: '' }, null],
    [{ body: '{}', method: 'GET' as const }, null],
    [{ body: '{}', headers: [{ id: 1, name: 'content-TYPE', value: 'text/x' }] }, null],
  ])('of %o is %o', (change, type) => {
    expect(impliedType(draft(change))).toBe(type);
  });
});

describe('JSON', () => {
  const format = (text: string) => textOf(jsonLines(text) ?? []);

  test('is indented as everybody does it', () => {
    const value = { a: [1, { b: null }, [], {}], 'c "d"': true, e: 'x, {y}: [z]' };
    expect(format(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    expect(format(JSON.stringify(value, null, 7))).toBe(JSON.stringify(value, null, 2));
  });

  test.each(['1', '"x"', 'null', '[]', '{}', '[[]]'])('%s alone is JSON', (text) => {
    expect(format(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
  });

  test('keeps what parsing would lose', () => {
    const text = '{"id":12345678901234567890,"id":1.10,"e":1E400,"u":"\\u00e9"}';
    expect(format(text).replace(/\s/g, '')).toBe(text);
  });

  test('tells keys from what only looks like them', () => {
    const kinds = jsonLines('{"a":"b:c","d":[true,-1.5e3]}')?.flatMap(({ pieces }) =>
      pieces.filter(({ kind }) => kind !== 'mark').map(({ kind, text }) => `${kind} ${text}`),
    );
    expect(kinds).toEqual(['key "a"', 'string "b:c"', 'key "d"', 'literal true', 'number -1.5e3']);
  });

  test.each(['', 'no', '{"a":}', '<html>', '{} {}'])('%o is none', (text) => {
    expect(jsonLines(text)).toBeNull();
  });
});
