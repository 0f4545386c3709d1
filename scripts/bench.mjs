// @ts-check
// Figures of the built app: `npm run bench -- <area> [--json FILE] [--starts N]`. They pass and fail nothing: a time is that
// of one machine on one day, and says something beside another that was taken in the same run.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { start } from './bench/start.mjs';
import { main, Problem } from './terminal.mjs';

/** @type {Record<string, (options: { starts: number }) => Promise<object>>} */
const AREAS = { start };

const { values, positionals } = parseArgs({
  options: { json: { type: 'string' }, starts: { type: 'string', default: '20' } },
  allowPositionals: true,
});

await main(async () => {
  const area = AREAS[positionals[0] ?? ''];
  if (!area || positionals.length > 1) throw new Problem(`Which area? ${Object.keys(AREAS).join(', ')}.`);
  const result = await area({ starts: Number(values.starts) });
  if (!values.json) return;
  const file = resolve(process.env.INIT_CWD ?? '.', values.json);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
});
