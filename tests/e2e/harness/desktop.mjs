// @ts-check
// A throw-away desktop: a screen, a session bus, a keychain and a home folder that are this test's alone.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Process, run, STOP_WITHIN, until } from './processes.mjs';

const SCREEN = '1280x900x24';
const KEPT = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'USER', 'LOGNAME'];

/** @typedef {import('./processes.mjs').Environment} Environment */

export class Desktop {
  /** @type {Process[]} */
  #processes = [];
  /** @type {Process | undefined} */
  #keychain;

  /** @param {string} directory */
  constructor(directory) {
    this.directory = directory;
    this.home = join(directory, 'home');
    /** @type {Environment} */
    this.env = {
      ...Object.fromEntries(
        KEPT.flatMap((name) => (process.env[name] ? [[name, String(process.env[name])]] : [])),
      ),
      HOME: this.home,
      XDG_RUNTIME_DIR: join(directory, 'run'),
      TMPDIR: join(directory, 'tmp'),
      // xdg-open of Debian 12 hands a link to `gio`, which can run a quoted Exec line, on a known desktop only.
      XDG_CURRENT_DESKTOP: 'GNOME',
      GDK_BACKEND: 'x11',
      GSETTINGS_BACKEND: 'memory',
      NO_AT_BRIDGE: '1',
    };
  }

  static async open() {
    const desktop = new Desktop(mkdtempSync(join(tmpdir(), 'keyfob-desktop-')));
    mkdirSync(desktop.home);
    mkdirSync(desktop.env.TMPDIR);
    mkdirSync(desktop.env.XDG_RUNTIME_DIR, { mode: 0o700 });
    try {
      await desktop.#start();
    } catch (error) {
      await desktop.close();
      throw error;
    }
    return desktop;
  }

  /**
   * A process of this desktop; it ends with it.
   * @param {string} command
   * @param {string[]} args
   * @param {{ env?: Environment, input?: string }} [options]
   */
  spawn(command, args, { env = {}, input } = {}) {
    const child = new Process(command, args, { env: { ...this.env, ...env }, input });
    this.#processes.push(child);
    return child;
  }

  /**
   * @param {string} command
   * @param {string[]} args
   */
  run(command, args) {
    return run(command, args, this.env);
  }

  /**
   * Installs an application for this desktop's home, and makes it the one that opens these schemes.
   * @param {string} name
   * @param {string} exec the Exec line of its .desktop file
   * @param {string[]} schemes
   */
  async installApplication(name, exec, schemes) {
    const mimeTypes = schemes.map((scheme) => `x-scheme-handler/${scheme}`);
    const folder = join(this.home, '.local/share/applications');
    mkdirSync(folder, { recursive: true });
    const entry = [
      '[Desktop Entry]',
      'Type=Application',
      `Name=${name}`,
      `Exec=${exec}`,
      `MimeType=${mimeTypes.join(';')};`,
    ];
    writeFileSync(join(folder, `${name}.desktop`), `${entry.join('\n')}\n`);
    mkdirSync(join(this.home, '.config'), { recursive: true });
    await this.run('xdg-mime', ['default', `${name}.desktop`, ...mimeTypes]);
  }

  /**
   * Brings a window to where the keyboard's keys go, which is the window manager's business where there is one.
   * @param {string} title
   */
  async focusWindow(title) {
    await this.run('xdotool', ['search', '--onlyvisible', '--name', `^${title}$`, 'windowfocus', '--sync']);
  }

  /**
   * The keychain answers nobody while `body` runs.
   * @param {() => Promise<void>} body
   */
  async whileKeychainSleeps(body) {
    this.#keychain?.kill('SIGSTOP');
    try {
      await body();
    } finally {
      this.#keychain?.kill('SIGCONT');
    }
  }

  /**
   * Ends what runs on this desktop but wasn't started by `spawn`: what the desktop's own programs have started.
   * @param {string} [command] only this program
   */
  async end(command = '') {
    const patience = Date.now() + STOP_WITHIN;
    await until('the programs of the desktop to end', () => {
      // One that is just starting comes after the others are told; the browser's crash handler may not listen.
      const left = this.#strangers(command);
      for (const pid of left) endProcess(pid, Date.now() < patience ? 'SIGTERM' : 'SIGKILL');
      return left.length === 0;
    });
  }

  async close() {
    try {
      await this.end();
    } finally {
      // The last that came goes first: the applications, then the keychain, the bus and the screen under them.
      for (const child of this.#processes.reverse()) await child.stop();
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** @param {string} command */
  #strangers(command) {
    const children = this.#processes.map(({ pid }) => pid);
    return readdirSync('/proc')
      .filter((name) => /^\d+$/u.test(name))
      .map(Number)
      .filter((pid) => !children.includes(pid) && this.#runsHere(pid))
      .filter((pid) => ofProcess(pid, 'cmdline').startsWith(command));
  }

  /**
   * Chromium's helpers write over their environment, but name their folder among their arguments.
   * @param {number} pid
   */
  #runsHere(pid) {
    return (
      ofProcess(pid, 'environ').includes(`HOME=${this.home}\0`) ||
      ofProcess(pid, 'cmdline').includes(this.directory)
    );
  }

  async #start() {
    // Otherwise it begins anew when its last program ends, and turns away one that starts just then.
    const lasting = ['-noreset', '-nolisten', 'tcp'];
    const screen = this.spawn('Xvfb', ['-displayfd', '1', '-screen', '0', SCREEN, ...lasting]);
    const [display] = await screen.line(/^\d+$/u);
    this.env.DISPLAY = `:${display}`;

    const configuration = join(this.directory, 'bus.conf');
    writeFileSync(configuration, busConfiguration(join(this.env.XDG_RUNTIME_DIR, 'bus')));
    const bus = this.spawn('dbus-daemon', [
      `--config-file=${configuration}`,
      '--nofork',
      '--print-address=1',
    ]);
    const [address] = await bus.line(/^unix:.+$/u);
    this.env.DBUS_SESSION_BUS_ADDRESS = address;

    this.#keychain = this.spawn(
      'gnome-keyring-daemon',
      ['--foreground', '--unlock', '--components=secrets'],
      {
        input: 'throw-away',
      },
    );
    await this.run('gdbus', ['wait', '--session', '--timeout', '10', 'org.freedesktop.secrets']);
  }
}

/**
 * Empty for a process that has ended meanwhile.
 * @param {number} pid
 * @param {'environ' | 'cmdline'} file
 */
function ofProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function endProcess(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/**
 * A bus without the machine's services: a portal, where one is installed, would ask a person which app opens a link.
 * @param {string} socket
 */
function busConfiguration(socket) {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
}
