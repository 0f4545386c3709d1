// @ts-check
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { foundInMemory, residentMemory } from './memory.mjs';

test("another process's memory is searched to its end, and what isn't there isn't found", async () => {
  const held = randomBytes(32);
  const elsewhere = randomBytes(32);
  const script = `
    const reserved = new ArrayBuffer(1024, { maxByteLength: 1024 ** 3 });
    process.stdin.once('data', (held) => {
      globalThis.kept = [Buffer.from(held), reserved];
      process.stdout.write('kept');
    });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    child.stdin.write(held);
    await once(child.stdout, 'data');
    assert.ok(child.pid);
    assert.deepEqual([...foundInMemory(child.pid, [elsewhere, held])], [held]);
    assert.ok(residentMemory(child.pid) > 1);
  } finally {
    child.kill();
  }
});
