// @ts-check
// Judges proofs of possession (RFC 9449, section 4.3) with jose: a line of JSON for each on the standard input, the
// verdict on all in one line at its end.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';

/** The members that an EC key's public half has, and its private half more. */
const PUBLIC_MEMBERS = 'crv,kty,x,y';

/** @typedef {{ proofs: string[], method: string, url: string, token: string | null }} Request */

const ids = new Set();
const keys = new Set();
const verdict = { valid: 0, invalid: 0, repeated: 0, notes: /** @type {string[]} */ ([]) };

for await (const line of createInterface({ input: process.stdin })) {
  try {
    await judge(JSON.parse(line));
    verdict.valid += 1;
  } catch (error) {
    verdict.invalid += 1;
    if (verdict.notes.length < 5) verdict.notes.push(error instanceof Error ? error.message : String(error));
  }
}
if (keys.size > 1) verdict.notes.push(`${keys.size} keys for one session`);
process.stdout.write(`${JSON.stringify(verdict)}\n`);

/** @param {Request} request */
async function judge({ proofs, method, url, token }) {
  const [proof, ...more] = proofs;
  if (!proof || more.length > 0) throw new Error('not exactly one proof');
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['jti', 'htm', 'htu', 'iat'],
  });
  const { jwk } = protectedHeader;
  if (!jwk || Object.keys(jwk).sort().join() !== PUBLIC_MEMBERS) throw new Error('not a public key alone');
  keys.add(await calculateJwkThumbprint(jwk));
  const ath = token ? createHash('sha256').update(token).digest('base64url') : undefined;
  for (const [claim, value] of Object.entries({ htm: method, htu: url, ath }))
    if (payload[claim] !== value) throw new Error(`${claim} is ${payload[claim]}, and not ${value}`);
  if (ids.has(payload.jti)) verdict.repeated += 1;
  ids.add(payload.jti);
}
