import { describe, expect, test } from 'vitest';

const files = import.meta.glob<object>('../src/locales/*/*.json', { eager: true, import: 'default' });

/** Every sentence of a language, by its catalogue and key. */
function sentences(language: string): Map<string, string> {
  const all = new Map<string, string>();
  const add = (path: string, entry: unknown) => {
    if (typeof entry === 'string') all.set(path, entry);
    else for (const [key, inner] of Object.entries(entry as object)) add(`${path}.${key}`, inner);
  };
  for (const [path, catalogue] of Object.entries(files)) {
    const [folder, file = ''] = path.split('/').slice(-2);
    if (folder === language) add(file.replace('.json', ''), catalogue);
  }
  return all;
}

function placeholders(sentence: string): string[] {
  return [...sentence.matchAll(/\{\{(\w+)\}\}/gu)].map(([, name = '']) => name).sort();
}

const english = sentences('en');
const german = sentences('de');

describe('the German catalogues', () => {
  test('have every sentence of the English ones, and no other', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test('leave none empty that says something, and say the same things', () => {
    for (const [key, sentence] of english) {
      const translation = german.get(key) ?? '';
      expect(Boolean(translation), key).toBe(Boolean(sentence));
      expect(placeholders(translation), key).toEqual(placeholders(sentence));
    }
  });

  test('quote and pause as German does', () => {
    for (const [key, sentence] of german) {
      expect(sentence, key).not.toMatch(/”|\w…/u);
    }
  });
});
