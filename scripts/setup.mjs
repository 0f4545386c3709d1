// @ts-check
// Makes a fresh machine ready: checks the tools, then installs what is missing. It writes nothing outside the project
// but through apt.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ROOT } from './project.mjs';
import { ask, main, Problem, perform, say } from './terminal.mjs';

const OLDEST_NODE = [20, 19];

const FOR_BUILDING = [
  'build-essential',
  'pkg-config',
  'libwebkit2gtk-4.1-dev',
  'libayatana-appindicator3-dev',
  'librsvg2-dev',
  'libxdo-dev',
  'file',
];

const FOR_A_DESKTOP_WITHOUT_A_SCREEN = [
  'webkit2gtk-driver',
  'gnome-keyring',
  'libsecret-tools',
  'dbus',
  'dbus-x11',
  'xvfb',
  'xauth',
  'xdg-utils',
  'xdotool',
  'desktop-file-utils',
  'libglib2.0-bin',
  'iproute2',
  'strace',
  'chromium',
  'xdotool',
  'trayer',
  'dunst',
];

/** @param {{ screen: boolean }} options whether a real screen is there and used */
export async function setUp({ screen }) {
  checkTools();
  await installSystemPackages(screen ? FOR_BUILDING : [...FOR_BUILDING, ...FOR_A_DESKTOP_WITHOUT_A_SCREEN]);
  await installNodePackages();
}

function checkTools() {
  if (ask('git', ['--version']) === undefined) {
    throw new Problem('Keyfob needs git. Run:\n  sudo apt-get install -y git');
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new Problem(
      `Keyfob needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. Run:\n` +
        '  curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs',
    );
  }
  // In the project, where rustup reads which toolchain it wants.
  if (ask('cargo', ['--version']) === undefined) {
    throw new Problem(
      "Keyfob needs Rust. Run:\n  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . ~/.cargo/env",
    );
  }
}

/** @param {string[]} packages */
async function installSystemPackages(packages) {
  if (process.platform !== 'linux') return;
  if (ask('dpkg-query', ['--version']) === undefined) {
    throw new Problem(
      `Keyfob's set-up knows Debian and Ubuntu. Install what corresponds to:\n  ${packages.join(' ')}`,
    );
  }
  const missing = packages.filter(
    (name) => !ask('dpkg-query', ['-s', name])?.includes('\nStatus: install ok installed'),
  );
  if (missing.length === 0) return;

  const isRoot = process.getuid?.() === 0;
  if (!isRoot && ask('sudo', ['-n', 'true']) === undefined) {
    throw new Problem(
      `Some system packages are missing. Run:\n  sudo apt-get update && sudo apt-get install -y ${missing.join(' ')}`,
    );
  }
  say(`Installing system packages: ${missing.join(' ')}`);
  const [command, ...first] = isRoot ? ['apt-get'] : ['sudo', 'apt-get'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await perform(command, [...first, 'update', '-qq'], { env });
  await perform(command, [...first, 'install', '-y', '-qq', ...missing], { env });
}

async function installNodePackages() {
  // npm's own check takes seconds; this one says in no time that nothing has changed since the last installation.
  const stamp = `${ROOT}node_modules/.keyfob-lock-hash`;
  const hash = createHash('sha256')
    .update(readFileSync(`${ROOT}package-lock.json`))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  say('Installing npm packages.');
  // Not `npm ci`: it refuses a lock file without the optional packages of other platforms, which a mirror may lack.
  await perform('npm', ['install', '--no-save', '--include=dev'], { cwd: ROOT });
  writeFileSync(stamp, hash);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => setUp({ screen: false }));
}
