import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dpopProof, getAccessToken, getSession, refresh, signIn, signOut } from '../../guest-js/index.js';
import { failure, type TestEngine } from '../../guest-js/testing/index.js';
import { advance, answerOf, closeWindow, openWindow, settle } from '../window.js';

let engine: TestEngine;

beforeEach(() => {
  engine = openWindow();
  engine.signInAs();
});

afterEach(closeWindow);

const asked = () => engine.count('get_access_token');
const API = 'https://api.example.com';

/** The window has a token, and follows the session. */
async function warmUp(): Promise<string> {
  const token = await getAccessToken();
  await settle();
  return token;
}

describe('without asking the engine', () => {
  test('a fresh token is given a thousand times', async () => {
    const token = await warmUp();
    const before = engine.calls.length;
    for (let call = 0; call < 1000; call += 1) expect(await getAccessToken()).toBe(token);
    expect(engine.calls.length).toBe(before);
  });

  test('the first call follows the session, and no later one does', async () => {
    await warmUp();
    await getAccessToken();
    expect(engine.count('subscribe')).toBe(1);
  });

  test('it is given until the engine would renew it, and no longer', async () => {
    const token = await warmUp();
    await advance(238);
    expect(await getAccessToken()).toBe(token);
    expect(asked()).toBe(1);
    await advance(3);
    expect(await getAccessToken()).not.toBe(token);
    expect(asked()).toBe(2);
  });

  test.each([
    ['the wall clock', () => vi.setSystemTime(Date.now() + 3_600_000)],
    [
      'the monotonic clock',
      () => {
        const wall = Date.now();
        vi.advanceTimersByTime(3_600_000);
        vi.setSystemTime(wall);
      },
    ],
  ])('%s alone saying that its time is over is believed', async (_, pass) => {
    const token = await warmUp();
    pass();
    engine.answer('get_access_token', () => answerOf('asked'));
    expect(await getAccessToken()).not.toBe(token);
  });

  test('a wall clock that is set back makes no token fresher', async () => {
    await warmUp();
    vi.setSystemTime(Date.now() - 3_600_000);
    await advance(241);
    await getAccessToken();
    expect(asked()).toBe(2);
  });

  test('the time that the engine took to answer is not added to its life', async () => {
    engine.answer('get_access_token', async () => {
      const answer = answerOf('slow', { freshFor: 20 });
      await new Promise((resolve) => setTimeout(resolve, 15_000));
      return answer;
    });
    const slow = getAccessToken();
    await advance(15);
    await slow;
    await advance(6);
    void getAccessToken();
    expect(asked()).toBe(2);
  });

  test.each([
    ['unknown to this window', () => engine.answer('subscribe', () => new Promise(() => undefined))],
    ['refused to this window', () => engine.fail('subscribe', 'permission_denied')],
  ])('nothing is given while the session is %s', async (_, hide) => {
    hide();
    await warmUp();
    await getAccessToken();
    expect(asked()).toBe(2);
    expect(engine.count('subscribe')).toBe(1);
  });

  test('an answer from before the account, the expiry or the state changed is given once and not kept', async () => {
    await warmUp();
    const { generation } = engine.snapshot;
    engine.answer('get_access_token', () => answerOf('old', { generation }));
    engine.expireToken();
    expect(await getAccessToken()).toBe('old');
    expect(await getAccessToken()).toBe('old');
    expect(asked()).toBe(3);
  });

  test('minTtl is met from what is held only if enough life is left', async () => {
    await warmUp();
    await getAccessToken({ minTtl: 200 });
    expect(asked()).toBe(1);
    await advance(120);
    await getAccessToken({ minTtl: 170 });
    expect(asked()).toBe(1);
    await getAccessToken({ minTtl: 190 });
    expect(asked()).toBe(2);
    expect(engine.calls.at(-1)?.args).toMatchObject({ options: { minTtl: 190 } });
  });

  test.each([
    ['refresh()', () => refresh()],
    ['refresh: true', () => getAccessToken({ refresh: true })],
  ])('%s is not answered', async (_, renew) => {
    const token = await warmUp();
    const requests = engine.tokenRequests;
    expect(await renew()).not.toBe(token);
    expect(engine.tokenRequests).toBe(requests + 1);
  });

  test('what refresh() brought is what is given from then on', async () => {
    await warmUp();
    const renewed = await refresh();
    expect(await getAccessToken()).toBe(renewed);
  });
});

describe('together', () => {
  test('concurrent calls for the same thing share one request', async () => {
    engine.expireToken();
    const requests = engine.tokenRequests;
    const tokens = await Promise.all(Array.from({ length: 200 }, () => getAccessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(engine.tokenRequests).toBe(requests + 1);
    expect(asked()).toBe(1);
  });

  test('scopes in another order, or written otherwise, are the same thing', async () => {
    const ask = (scope: string) => getAccessToken({ audience: API, scope });
    const [one, two] = await Promise.all([ask('read write'), ask('  write read read ')]);
    expect(one).toBe(two);
    expect(await ask('write read')).toBe(one);
    expect(asked()).toBe(1);
  });

  test('different audiences and scopes do not mix', async () => {
    const options = [{}, { audience: API }, { audience: `${API}/other` }, { audience: API, scope: 'read' }];
    const ask = () =>
      Promise.all(options.map((each) => getAccessToken({ ...each, includeFullResponse: true })));
    const answers = await ask();
    expect(new Set(answers.map(({ token }) => token)).size).toBe(4);
    expect(answers.map(({ audience }) => audience)).toEqual([null, API, `${API}/other`, API]);
    await settle();
    const before = engine.calls.length;
    expect(await ask()).toEqual(answers);
    expect(engine.calls.length).toBe(before);
  });
});

test('the full response is that of Auth0, and its spans are counted from now', async () => {
  const token = await warmUp();
  await advance(100);
  const response = await getAccessToken({ includeFullResponse: true });
  const expires = Math.floor(Date.now() / 1000) + 200;
  expect(Object.keys(response).sort()).toEqual(
    ['audience', 'expiresAt', 'expires_at', 'expires_in', 'scope', 'token', 'token_type'].sort(),
  );
  expect(response).toMatchObject({ token, scope: 'openid', token_type: 'Bearer', audience: null });
  expect(Math.abs((response.expires_at ?? 0) - expires)).toBeLessThanOrEqual(1);
  expect(Math.abs((response.expires_in ?? 0) - 200)).toBeLessThanOrEqual(1);
  expect(Number.isInteger(response.expires_in)).toBe(true);
});

test('options reach the engine, but for those that are the window’s own', async () => {
  const options = { audience: API, scope: 'read write', minTtl: 90.5 };
  await getAccessToken({ ...options, includeFullResponse: true });
  await refresh({ ...options, includeFullResponse: true });
  const sent = engine.calls.filter(({ command }) => command !== 'subscribe');
  expect(sent.map(({ command, args }) => [command, args])).toEqual([
    ['get_access_token', { options }],
    ['refresh', { options }],
  ]);
});

test('an event that a handler passes along is no option', async () => {
  const event = new Event('click') as unknown as Record<string, never>;
  event.itself = event as never;
  await expect(refresh(event)).resolves.toEqual(expect.any(String));
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
  'a minTtl of %d is invalid_argument, and nothing is asked',
  async (minTtl) => {
    const refusal = { name: 'AccessTokenError', code: 'invalid_argument', message: expect.any(String) };
    await expect(getAccessToken({ minTtl })).rejects.toMatchObject(refusal);
    await expect(refresh({ minTtl })).rejects.toMatchObject(refusal);
    expect(engine.calls).toEqual([]);
  },
);

describe('sign-out', () => {
  test('when signOut() settles this window has no token left, whether or not it was told', async () => {
    await warmUp();
    engine.answer('sign_out', () => {
      const generation = engine.snapshot.generation + 1;
      engine.snapshot = { ...engine.snapshot, generation, session: { status: 'signed_out' } };
      return null;
    });
    await signOut();
    await expect(getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' });
  });

  test('also if it can not be found out what became of the session', async () => {
    await warmUp();
    engine.fail('get_session', 'internal');
    engine.answer('sign_out', () => null);
    await signOut();
    await getAccessToken();
    expect(asked()).toBe(2);
  });

  test('also if it fails: the engine signs out all the same', async () => {
    await warmUp();
    engine.answer('sign_out', () => {
      engine.snapshot = { ...engine.snapshot, generation: 1e5, session: { status: 'signed_out' } };
      return Promise.reject(failure('keychain_unavailable'));
    });
    await expect(signOut()).rejects.toMatchObject({ name: 'SignInError', code: 'keychain_unavailable' });
    await expect(getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' });
  });

  test('in another window clears this one', async () => {
    await warmUp();
    engine.signOut();
    await expect(getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' });
  });

  test('a listener that was there before the store gets no token of the session before', async () => {
    const { onSessionChange } = await import('../../guest-js/index.js');
    const given: Promise<string>[] = [];
    const stop = onSessionChange(() => given.push(getAccessToken()));
    const his = await warmUp();
    given.length = 0;
    engine.signInAs({ sub: 'grace' });
    expect(given.length).toBeGreaterThan(0);
    for (const token of await Promise.all(given)) expect(token).not.toBe(his);
    stop();
  });
});

test('a token of the account before is given to nobody, however late its answer', async () => {
  await warmUp();
  engine.expireToken();
  let answer: (token: unknown) => void = () => undefined;
  engine.answer('get_access_token', () => new Promise((resolve) => (answer = resolve)));
  const late = getAccessToken();
  const outcome = expect(late).rejects.toMatchObject({ code: 'superseded' });
  await settle();
  engine.signInAs({ sub: 'grace' });
  answer(answerOf('his'));
  await outcome;
});

test('a session that the call itself restored is no other session', async () => {
  engine.publish({ session: { status: 'unavailable', code: 'keychain_locked', message: 'Locked.' } });
  await getSession();
  engine.answer('get_access_token', () => {
    engine.signInAs();
    return answerOf('restored');
  });
  await expect(getAccessToken()).resolves.toBe('restored');
});

describe('errors', () => {
  test('have a code and a message', async () => {
    engine.fail('get_access_token', 'offline', { message: 'The provider can’t be reached.' });
    await expect(getAccessToken()).rejects.toMatchObject({
      name: 'AccessTokenError',
      code: 'offline',
      message: 'The provider can’t be reached.',
      retryable: true,
    });
  });

  test('interaction_required carries the sign-in that cures it, and the session stays', async () => {
    const cure = { audience: API, acrValues: ['gold'], maxAge: 0 };
    engine.fail('get_access_token', 'interaction_required', { signIn: cure });
    const error = await getAccessToken({ audience: API }).catch((caught) => caught);
    expect(error.signIn).toEqual(cure);
    expect(engine.snapshot.session.status).toBe('signed_in');
    const session = signIn(error.signIn);
    await settle();
    engine.signInAs();
    await expect(session).resolves.toMatchObject({ status: 'signed_in' });
    expect(engine.calls.find(({ command }) => command === 'sign_in')?.args).toEqual({ options: cure });
  });

  test('without a cure, signIn(e.signIn) is a sign-in like any other', async () => {
    engine.fail('sign_in', 'cancelled');
    await signIn(null).catch(() => undefined);
    expect(engine.calls.at(-2)?.args ?? engine.calls.at(-1)?.args).toEqual({ options: {} });
  });
});

test('dpopProof proves one request', async () => {
  const options = { url: API, method: 'GET', token: 'one', nonce: 'n' };
  await expect(dpopProof(options)).resolves.toBe('proof.of.possession');
  expect(engine.calls.at(-1)?.args).toEqual({ options });
  engine.fail('dpop_proof', 'url_not_allowed');
  await expect(dpopProof(options)).rejects.toMatchObject({
    name: 'AccessTokenError',
    code: 'url_not_allowed',
  });
});
