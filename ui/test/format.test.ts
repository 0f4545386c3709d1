import { expect, test } from 'vitest';
import { duration, host, initials } from '../src/format';

test.each([
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 min 00 s'],
  [272, '4 min 32 s'],
  [3599, '59 min 59 s'],
  [3900, '1 h 05 min'],
])('%i seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  ['Ada Lovelace', 'AL'],
  ['  Ada  King   Lovelace ', 'AL'],
  ['Ada', 'A'],
  ['ada@example.com', 'AC'],
  ['élodie 🔑', 'É🔑'],
  ['', ''],
])('the initials of %o are %o', (name, letters) => {
  expect(initials(name)).toBe(letters);
});

test('an issuer is shown by its host, and as it is if it is no address', () => {
  expect(host('https://id.example.com:8443/realms/x')).toBe('id.example.com:8443');
  expect(host('nonsense')).toBe('nonsense');
});
