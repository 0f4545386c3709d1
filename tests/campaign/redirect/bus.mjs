// @ts-check
// As much of D-Bus as it takes to call the running app as any process of the same user can: a program for each call
// would be slower than the flood that is to be made.
import { connect } from 'node:net';

const METHOD_CALL = 1;
const METHOD_RETURN = 2;
const ERROR = 3;

export class Bus {
  /** How the calls so far have been answered. */
  returned = 0;
  failed = 0;
  #socket;
  #serial = 0;
  #received = Buffer.alloc(0);
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  /** @param {string} address as in DBUS_SESSION_BUS_ADDRESS */
  static async open(address) {
    const path = /^unix:path=([^,]+)/u.exec(address)?.[1];
    if (!path) throw new Error(`not the address of a socket: ${address}`);
    const socket = connect(path);
    const uid = Buffer.from(String(process.getuid?.())).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    const answer = await new Promise((resolve, reject) => {
      socket.once('data', resolve);
      socket.once('error', reject);
    });
    if (!answer.toString().startsWith('OK ')) throw new Error(`the bus says: ${answer}`);
    socket.write('BEGIN\r\n');
    const bus = new Bus(socket);
    socket.on('data', (chunk) => bus.#receive(chunk));
    bus.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'Hello');
    await bus.answers(1);
    bus.returned = 0;
    return bus;
  }

  /**
   * Calls a method; the answer is counted.
   * @param {string} destination
   * @param {string} path
   * @param {string} interfaceName
   * @param {string} member
   * @param {[strings: string[], string: string]} [body]
   */
  call(destination, path, interfaceName, member, body) {
    this.#serial += 1;
    const fields = [
      [1, 'o', path],
      [2, 's', interfaceName],
      [3, 's', member],
      [6, 's', destination],
      ...(body ? [[8, 'g', 'ass']] : []),
    ];
    this.#socket.write(message(this.#serial, /** @type {[number, string, string][]} */ (fields), body));
  }

  /**
   * Waits until so many calls have been answered.
   * @param {number} count
   * @returns {Promise<void>}
   */
  answers(count) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.returned + this.failed < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      this.#socket.once('close', () => reject(new Error('the bus hung up')));
      look();
    });
  }

  close() {
    this.#socket.destroy();
  }

  /** @param {Buffer} chunk */
  #receive(chunk) {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      if (this.#received.length < 16) return;
      const size = 16 + aligned(this.#received.readUInt32LE(12), 8) + this.#received.readUInt32LE(4);
      if (this.#received.length < size) return;
      const type = this.#received.readUInt8(1);
      this.#received = this.#received.subarray(size);
      if (type === METHOD_RETURN) this.returned += 1;
      if (type === ERROR) this.failed += 1;
      for (const look of this.#waiting) look();
    }
  }
}

/**
 * @param {number} serial
 * @param {[code: number, type: string, value: string][]} fields
 * @param {[strings: string[], string: string]} [body] of the signature `ass`
 */
function message(serial, fields, body) {
  const writer = new Writer();
  if (body) {
    const [strings, text] = body;
    writer.array(4, () => {
      for (const each of strings) writer.string(each);
    });
    writer.string(text);
  }
  const content = writer.bytes;
  const header = new Writer();
  header.byte('l'.charCodeAt(0)).byte(METHOD_CALL).byte(0).byte(1).number(content.length).number(serial);
  header.array(8, () => {
    for (const [code, type, value] of fields) {
      header.align(8).byte(code).signature(type);
      if (type === 'g') header.signature(value);
      else header.string(value);
    }
  });
  header.align(8);
  return Buffer.concat([header.bytes, content]);
}

/** Little-endian, each value on a multiple of its own size. */
class Writer {
  bytes = Buffer.alloc(0);

  /** @param {number} boundary */
  align(boundary) {
    return this.#add(Buffer.alloc(aligned(this.bytes.length, boundary) - this.bytes.length));
  }

  /** @param {number} value */
  byte(value) {
    return this.#add(Buffer.from([value]));
  }

  /** @param {number} value */
  number(value) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.align(4).#add(bytes);
  }

  /** @param {string} text */
  string(text) {
    return this.number(Buffer.byteLength(text)).#add(Buffer.from(`${text}\0`));
  }

  /** @param {string} text */
  signature(text) {
    return this.byte(text.length).#add(Buffer.from(`${text}\0`));
  }

  /**
   * @param {number} boundary of its elements
   * @param {() => void} elements
   */
  array(boundary, elements) {
    this.number(0);
    const at = this.bytes.length - 4;
    this.align(boundary);
    const start = this.bytes.length;
    elements();
    this.bytes.writeUInt32LE(this.bytes.length - start, at);
    return this;
  }

  /** @param {Buffer} bytes */
  #add(bytes) {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    return this;
  }
}

/**
 * @param {number} size
 * @param {number} boundary
 */
function aligned(size, boundary) {
  return Math.ceil(size / boundary) * boundary;
}
