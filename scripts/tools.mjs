// @ts-check
// Checkers written in Rust, installed into the project at a fixed version.
import { ROOT, TOOLS } from './project.mjs';
import { ask, perform, say } from './terminal.mjs';

const VERSIONS = {
  'cargo-deny': '0.20.2',
  'cargo-fuzz': '0.13.2',
  'cargo-mutants': '27.1.0',
  'typos-cli': '1.52.0',
};
const BINARIES = {
  'cargo-deny': 'cargo-deny',
  'cargo-fuzz': 'cargo-fuzz',
  'cargo-mutants': 'cargo-mutants',
  'typos-cli': 'typos',
};

/**
 * The path of a tool; it is built first when it isn't there in this version.
 * @param {keyof typeof VERSIONS} name
 */
export async function tool(name) {
  const path = `${TOOLS}/bin/${BINARIES[name]}`;
  const version = VERSIONS[name];
  // It answers as a subcommand of cargo alone.
  const asked = name === 'cargo-mutants' ? ['mutants', '--version'] : ['--version'];
  if (ask(path, asked)?.split(' ').at(-1) === version) return path;
  say(`Building ${name} ${version}, once.`);
  // Unoptimised: it is built in half the time, and still checks everything in seconds.
  const options = ['--root', TOOLS, '--debug', '--locked', '--quiet', '--version', version];
  await perform('cargo', ['install', ...options, name], { cwd: ROOT });
  return path;
}
