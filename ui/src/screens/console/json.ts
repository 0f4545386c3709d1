/** A piece of JSON text, and what it is. */
export interface JsonPiece {
  readonly kind: 'key' | 'string' | 'number' | 'literal' | 'mark';
  readonly text: string;
}

/** A line of indented JSON. */
export interface JsonLine {
  readonly depth: number;
  readonly pieces: readonly JsonPiece[];
}

const PIECES = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/**
 * Indents JSON without reading its values: numbers of any size, keys that stand there twice and escapes stay as they came.
 * Null if it is none.
 */
export function jsonLines(text: string): JsonLine[] | null {
  if (!isJson(text)) return null;
  const pieces = text.match(PIECES) ?? [];
  const lines: { depth: number; pieces: JsonPiece[] }[] = [];
  let depth = 0;
  const startLine = (deeper: number) => {
    depth += deeper;
    lines.push({ depth, pieces: [] });
  };
  startLine(0);
  pieces.forEach((piece, index) => {
    const next = pieces[index + 1];
    if (isClosing(piece) && !isOpening(pieces[index - 1])) startLine(-1);
    lines.at(-1)?.pieces.push({ kind: kindOf(piece, next), text: piece === ':' ? ': ' : piece });
    if (piece === ',') startLine(0);
    if (isOpening(piece) && !isClosing(next)) startLine(1);
  });
  return lines;
}

function kindOf(piece: string, next: string | undefined): JsonPiece['kind'] {
  if (piece.startsWith('"')) return next === ':' ? 'key' : 'string';
  if (/^[-\d]/.test(piece)) return 'number';
  return /^[a-z]/.test(piece) ? 'literal' : 'mark';
}

function isOpening(piece: string | undefined): boolean {
  return piece === '{' || piece === '[';
}

function isClosing(piece: string | undefined): boolean {
  return piece === '}' || piece === ']';
}

/** Whether a text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The indented text of lines. */
export function textOf(lines: readonly JsonLine[]): string {
  return lines
    .map(({ depth, pieces }) => `${'  '.repeat(depth)}${pieces.map(({ text }) => text).join('')}`)
    .join('\n');
}
