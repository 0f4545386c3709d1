// @ts-check
// npm run package-check: the npm package as it would be published. Whether every bundler and type checker finds its way
// in, what it weighs, and whether who takes one function gets one function.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';
import { ROOT } from './project.mjs';
import { main, Problem, perform, say } from './terminal.mjs';

const FOLDER = `${ROOT}crates/tauri-plugin-keyfob`;
const BUILT = `${FOLDER}/dist-js`;
const ENTRY = 'entry';

/**
 * What each part weighs without those that it builds on: kB (1,000 bytes), minified and gzipped.
 * @type {{ part: string, entry: string, own: RegExp, limit: number }[]}
 */
const SIZES = [
  { part: 'core', entry: 'index.js', own: /^/u, limit: 4 },
  // Loaded with the first authenticated request.
  { part: 'fetch', entry: 'fetch-exchange.js', own: /^fetch-.*\.js$/u, limit: 3 },
  { part: 'react', entry: 'react/index.js', own: /^react\//u, limit: 3 },
  { part: 'react/sign-in', entry: 'react/sign-in/index.js', own: /^react\/sign-in\//u, limit: 4 },
];

/** What of the package is left for who takes this alone. */
const ALONE = [
  { take: 'isKeyfobError', leaves: ['errors.js'] },
  { take: 'getDiagnostics', leaves: ['bindings.js', 'call.js', 'errors.js', 'inspection.js'] },
];

/** No CommonJS, which a window never loads, and no resolution of before `exports`. */
const RESOLUTIONS = ['node16-esm', 'bundler'];

await main(async () => {
  rmSync(BUILT, { recursive: true, force: true });
  await perform('npm', ['run', 'build', '--silent'], { cwd: FOLDER });
  const tarball = await pack();
  const faults = [...(await publishFaults(tarball)), ...(await typeFaults(tarball))];
  for (const size of SIZES) faults.push(...(await sizeFaults(size)));
  for (const alone of ALONE) faults.push(...(await leftoverFaults(alone)));
  if (faults.length > 0)
    throw new Problem(`The npm package:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  say('The npm package is as it should be.');
});

/** @returns {Promise<Buffer>} */
async function pack() {
  const { name, version } = JSON.parse(readFileSync(`${FOLDER}/package.json`, 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'keyfob-package-'));
  try {
    const options = ['--silent', '--ignore-scripts', '--pack-destination', folder];
    await perform('npm', ['pack', ...options], { cwd: FOLDER, hides: /./u });
    return readFileSync(join(folder, `${name}-${version}.tgz`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {Buffer} tarball */
async function publishFaults(tarball) {
  const bytes = new Uint8Array(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg ?? {}, { color: false })}`);
}

/** @param {Buffer} tarball */
async function typeFaults(tarball) {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!result.types) return ['are the types wrong: there are none'];
  return result.problems
    .filter((problem) => !('resolutionKind' in problem) || RESOLUTIONS.includes(problem.resolutionKind))
    .map((problem) => `are the types wrong: ${JSON.stringify(problem)}`);
}

/** @param {typeof SIZES[number]} size */
async function sizeFaults({ part, entry, own, limit }) {
  const everything = `export * from ${JSON.stringify(join(BUILT, entry))};`;
  const chunks = loadedAtOnce(await bundle(everything, (name) => own.test(name)));
  const code = chunks.map((chunk) => chunk.code).join('\n');
  const size = gzipSync(code, { level: 9 }).length / 1000;
  const line = `${part}: ${size.toFixed(2)} kB of at most ${limit} kB`;
  say(line);
  return size > limit ? [line] : [];
}

/** @param {typeof ALONE[number]} alone */
async function leftoverFaults({ take, leaves }) {
  const code = `export { ${take} } from ${JSON.stringify(join(BUILT, 'index.js'))};`;
  const chunks = await bundle(code, () => true);
  const left = chunks
    .flatMap(({ modules }) => Object.entries(modules))
    .filter(([file, { renderedLength }]) => file !== ENTRY && renderedLength > 0)
    .map(([file]) => relative(BUILT, file));
  say(`${take} alone: ${left.join(', ')}`);
  const extra = left.filter((file) => !leaves.includes(file));
  return extra.length > 0 ? [`${take} alone brings along ${extra.join(', ')}`] : [];
}

/**
 * @param {string} code
 * @param {(file: string) => boolean} isOwn of a file of the package, whether it is put into the bundle
 */
async function bundle(code, isOwn) {
  const build = await rolldown({
    input: ENTRY,
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === ENTRY ? id : null),
        load: (id) => (id === ENTRY ? code : null),
      },
    ],
    external: (id, importer) => {
      if (importer === undefined) return false;
      const file = id.startsWith('.') ? join(dirname(importer), id) : id;
      return !isAbsolute(file) || !isOwn(relative(BUILT, file));
    },
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  return output.filter((file) => file.type === 'chunk');
}

/**
 * Without what is imported when it is needed, and with what that shares with the rest.
 * @param {import('rolldown').OutputChunk[]} chunks the entry first
 */
function loadedAtOnce(chunks) {
  const names = new Set([chunks[0].fileName]);
  for (const name of names) {
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? [])
      names.add(imported);
  }
  return chunks.filter(({ fileName }) => names.has(fileName));
}
