import { act, screen, waitFor, within } from '@testing-library/react';
import { failure, TestEngine } from 'tauri-plugin-keyfob-api/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProviderSummary } from '../../src/host/commands';
import { startI18n } from '../../src/i18n';
import de from '../../src/locales/de/console.json';
import en from '../../src/locales/en/console.json';
import errors from '../../src/locales/en/errors.json';
import { Console } from '../../src/screens/console/Console';
import { LARGEST_BODY } from '../../src/screens/console/exchange';
import { show, violations } from '../view';

const PROVIDER: ProviderSummary = {
  issuer: 'https://id.example.com',
  clientId: 'keyfob',
  preset: null,
  scopes: [],
  audience: 'https://api.example.com',
  apiBaseUrl: 'https://api.example.com/v1/',
  resources: [
    { origin: 'https://api.example.com', audience: 'https://api.example.com' },
    { origin: 'https://notes.example.com', audience: 'https://notes.example.com' },
  ],
  dpop: false,
  keychain: 'required',
  redirectUris: [],
};

const CONFIG_FILE = '/home/ada/.config/dev.keyfob.desktop/keyfob.json';

let engine: TestEngine;
let person = 0;

beforeEach(() => {
  engine = new TestEngine();
  // Somebody else each time: what one has sent is remembered for the whole run.
  person += 1;
  engine.signInAs({ sub: `person-${person}` });
});

afterEach(() => engine.uninstall());

const open = (provider: Partial<ProviderSummary> = {}) =>
  show(<Console />, { provider: { ...PROVIDER, ...provider }, configFile: CONFIG_FILE });
const url = () => screen.getByRole('combobox', { name: en.url });
const send = () => screen.getByTestId('send');
const json = (value: unknown, init: ResponseInit = {}) =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' }, ...init });

async function type(user: Awaited<ReturnType<typeof open>>, address: string) {
  await user.clear(url());
  await user.type(url(), address);
}

describe('an answer', () => {
  test('has its status, its size, its headers, its body, and what happened underneath', async () => {
    engine.onFetch(() => json({ sub: 'ada', n: 1 }, { status: 200, statusText: 'OK' }));
    const user = await open();
    await user.click(send());
    const answer = await screen.findByTestId('answer');
    expect(answer).toHaveTextContent('200 OK');
    expect(answer).toHaveTextContent('19 bytes');
    expect(screen.getByTestId('answer-body')).toHaveTextContent('{ "sub": "ada", "n": 1 }');
    await user.click(screen.getByText('1 header'));
    expect(screen.getByText('content-type')).toBeVisible();
    expect(screen.getByText(/^Answered with 200 in/)).toBeInTheDocument();
    expect(await violations()).toEqual([]);
  });

  test('comes into view, and leaves the focus where it is', async () => {
    const seen = vi.spyOn(Element.prototype, 'scrollIntoView');
    engine.onFetch(() => json({ sub: 'ada' }));
    const user = await open();
    await user.click(send());
    const answer = await screen.findByRole('region', { name: en.answer });
    expect(seen.mock.contexts).toEqual([answer]);
    expect(seen).toHaveBeenCalledWith({ block: 'nearest', behavior: 'smooth' });
    expect(send()).toHaveFocus();
    seen.mockRestore();
  });

  test('comes into view without motion for who wants none', async () => {
    const seen = vi.spyOn(Element.prototype, 'scrollIntoView');
    vi.spyOn(globalThis, 'matchMedia').mockImplementation(
      (media) => ({ matches: media === '(prefers-reduced-motion: reduce)' }) as MediaQueryList,
    );
    engine.onFetch(() => json({ sub: 'ada' }));
    const user = await open();
    await user.click(send());
    await screen.findByTestId('answer');
    expect(seen).toHaveBeenCalledWith({ block: 'nearest', behavior: 'auto' });
    vi.restoreAllMocks();
  });

  test('is told with the way that its token took', async () => {
    let refusals = 0;
    engine.onFetch((request) => {
      if (!request.url.endsWith('/refused') || refusals > 0) return json({});
      refusals += 1;
      return new Response('', { status: 401 });
    });
    const user = await open();
    const way = async (outcome: string) => {
      await waitFor(() => expect(screen.getByTestId('way')).toHaveAttribute('data-outcome', outcome));
      return within(screen.getByRole('list', { name: en.way }))
        .getAllByRole('listitem')
        .map(({ textContent }) => textContent);
    };
    await user.click(send());
    expect(await way('cached')).toEqual([en.steps.token, 'API says 200']);
    await act(async () => engine.expireToken());
    await user.click(send());
    expect(await way('refreshed')).toEqual([en.steps.token_due, en.steps.refresh, 'API says 200']);
    await type(user, 'https://api.example.com/refused');
    await user.click(send());
    expect(await way('replayed')).toEqual([
      en.steps.token,
      en.steps.refused,
      en.steps.refresh,
      en.steps.replay,
      'API says 200',
    ]);
  });

  test('never shows the token', async () => {
    const tokens: string[] = [];
    engine.onFetch((request) => {
      tokens.push(request.headers.get('authorization')?.split(' ')[1] ?? '');
      return json({});
    });
    const user = await open();
    await user.click(send());
    await screen.findByTestId('answer');
    expect(tokens[0]?.length).toBeGreaterThan(20);
    expect(document.body.innerHTML).not.toContain(tokens[0]);
  });

  test('that is an error is an answer', async () => {
    engine.onFetch(() => new Response('<b>no</b>', { status: 404, statusText: 'Not Found' }));
    const user = await open();
    await user.click(send());
    expect(await screen.findByTestId('answer')).toHaveTextContent('404 Not Found');
    expect(screen.getByTestId('answer-body')).toHaveTextContent('<b>no</b>');
    expect(screen.queryByTestId('error')).not.toBeInTheDocument();
  });

  test('without a body, or of bytes that are no text, says so', async () => {
    engine.onFetch(() => new Response(null, { status: 204 }));
    const user = await open();
    await user.click(send());
    expect(await screen.findByText(en.empty)).toBeVisible();
    engine.onFetch(() => new Response(new Uint8Array([0xff, 0xfe, 0x00])));
    await user.click(send());
    expect(await screen.findByText('The answer is no text: 3 bytes of data.')).toBeVisible();
  });

  test('that is long is cut with a count, and copied whole', async () => {
    const all = Array.from({ length: 1000 }, (_, index) => index);
    engine.onFetch(() => json(all));
    const user = await open();
    await user.click(send());
    expect(await screen.findByText(/^The first 400 of 1,002 lines\./)).toBeVisible();
    expect(screen.getByTestId('answer-body').textContent?.split('\n')).toHaveLength(401);
    await user.click(screen.getByRole('button', { name: en.copyAll }));
    await expect(navigator.clipboard.readText()).resolves.toBe(JSON.stringify(all));
  });

  test('that is too large is not read to its end', async () => {
    engine.onFetch(() => new Response('x'.repeat(LARGEST_BODY + 10)));
    const user = await open();
    await user.click(send());
    expect(await screen.findByText(/^The answer is larger than 5\.2 MB/)).toBeVisible();
    expect(screen.getByTestId('answer-body').textContent).toHaveLength(20_000);
  });

  test('whose connection breaks is shown as far as it came', async () => {
    const half = new Response('x'.repeat(100_000));
    engine.onFetch(() => half);
    engine.answer('fetch_read', () => Promise.reject(failure('network')));
    const user = await open();
    await user.click(send());
    expect(await screen.findByText(/^The connection broke after 65\.5 kB/)).toBeVisible();
    expect(screen.getByTestId('answer')).toHaveAttribute('data-status', '200');
  });
});

describe('a request', () => {
  test('carries method, headers, body and audience as they were put in', async () => {
    const requests: Request[] = [];
    engine.onFetch((request) => {
      requests.push(request);
      return json({});
    });
    const user = await open();
    await user.selectOptions(screen.getByLabelText(en.method), 'POST');
    await type(user, 'https://notes.example.com/notes');
    await user.selectOptions(screen.getByLabelText(en.audience), 'https://notes.example.com');
    await user.click(screen.getByRole('button', { name: en.headers.add }));
    expect(screen.getByLabelText('Name of header 1')).toHaveFocus();
    await user.keyboard('X-Trace');
    await user.tab();
    await user.keyboard('42');
    await user.click(screen.getByLabelText(en.body));
    await user.paste('{"text":"é"}');
    expect(screen.getByText('Sent as application/json.')).toBeVisible();
    await user.click(send());
    await screen.findByTestId('answer');
    const [request] = requests;
    expect(`${request?.method} ${request?.url}`).toBe('POST https://notes.example.com/notes');
    expect(request?.headers.get('x-trace')).toBe('42');
    expect(request?.headers.get('content-type')).toBe('application/json');
    await expect(request?.text()).resolves.toBe('{"text":"é"}');
    const sent = engine.calls.find(({ command }) => command === 'fetch');
    expect(sent?.args).toMatchObject({ audience: 'https://notes.example.com' });
    expect(await violations()).toEqual([]);
  });

  test('goes with Ctrl+Enter from any of its fields, and with Enter from the address', async () => {
    engine.onFetch(() => json({}));
    const user = await open();
    await user.selectOptions(screen.getByLabelText(en.method), 'PUT');
    await user.click(screen.getByLabelText(en.body));
    await user.keyboard('{Enter}');
    expect(engine.count('fetch')).toBe(0);
    await user.keyboard('{Control>}{Enter}{/Control}');
    await screen.findByTestId('answer');
    await user.click(screen.getByLabelText(en.method));
    await user.keyboard('{Meta>}{Enter}{/Meta}');
    await waitFor(() => expect(engine.count('fetch')).toBe(2));
    await user.type(url(), '{Escape}{Enter}');
    await waitFor(() => expect(engine.count('fetch')).toBe(3));
  });

  test.each([
    ['', 'missing'],
    ['ftp://files.example.com', 'scheme'],
    ['http://a:b@api.example.com/', 'credentials'],
    ['https://exa mple.com', 'malformed'],
  ] as const)('to %o is refused before it is sent: %s', async (address, fault) => {
    const user = await open();
    await user.clear(url());
    await user.click(url());
    await user.paste(address);
    await user.click(send());
    expect(screen.getByText(en.faults[fault])).toBeVisible();
    expect(url()).toHaveFocus();
    expect(url()).toBeInvalid();
    expect(engine.count('fetch')).toBe(0);
    expect(await violations()).toEqual([]);
  });

  test('to an origin that nobody configured is warned of, and not kept back', async () => {
    engine.answer('fetch', () => Promise.reject(failure('url_not_allowed')));
    const user = await open();
    await type(user, 'https://elsewhere.example/x');
    expect(screen.getByText(/^https:\/\/elsewhere\.example is not configured/)).toBeVisible();
    await user.click(send());
    expect(await screen.findByTestId('error')).toHaveAttribute('data-code', 'url_not_allowed');
    expect(screen.getByText(/"origin": "https:\/\/elsewhere\.example"/)).toBeVisible();
    expect(screen.getByText(new RegExp(CONFIG_FILE))).toBeVisible();
    expect(screen.queryByTestId('send-again')).not.toBeInTheDocument();
  });

  test('with a protected header is refused by its name, with the reason', async () => {
    const user = await open();
    await user.click(screen.getByRole('button', { name: en.headers.add }));
    await user.keyboard('Authorization');
    expect(screen.getByText(/^Authorization is Keyfob’s to set/)).toBeVisible();
    await user.click(send());
    expect(engine.count('fetch')).toBe(0);
    expect(screen.getByLabelText('Name of header 1')).toHaveFocus();
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Remove header 1' }));
    expect(screen.getByRole('button', { name: en.headers.add })).toHaveFocus();
    expect(screen.queryByLabelText('Name of header 1')).not.toBeInTheDocument();
  });

  test('has a body only if its method has one, and what is not quite JSON goes all the same', async () => {
    const bodies: string[] = [];
    engine.onFetch(async (request) => {
      bodies.push(await request.text());
      return json({});
    });
    const user = await open();
    expect(screen.queryByLabelText(en.body)).not.toBeInTheDocument();
    await user.selectOptions(screen.getByLabelText(en.method), 'PATCH');
    await user.click(screen.getByLabelText(en.body));
    await user.paste('{"a":');
    expect(screen.getByText(en.notJson)).toBeVisible();
    await user.click(send());
    await screen.findByTestId('answer');
    expect(bodies).toEqual(['{"a":']);
  });

  test('can be taken back, which is said', async () => {
    engine.onFetch(() => new Promise<never>(() => undefined));
    const user = await open();
    await user.click(send());
    expect(send()).toHaveAttribute('aria-disabled', 'true');
    expect(send()).toHaveAccessibleName(en.sending);
    expect(send()).toHaveTextContent(en.send);
    await user.click(screen.getByTestId('cancel-request'));
    expect(await screen.findByText(en.cancelled)).toBeInTheDocument();
    expect(send()).toHaveAttribute('aria-disabled', 'false');
    expect(send()).toHaveAccessibleName(en.send);
    expect(engine.count('fetch_cancel')).toBe(1);
    expect(screen.queryByTestId('error')).not.toBeInTheDocument();
    expect(screen.queryByTestId('past')).not.toBeInTheDocument();
  });
});

describe('the addresses that are known', () => {
  test('are gone through and taken by keyboard alone', async () => {
    const user = await open();
    await user.clear(url());
    await user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}');
    const options = screen.getAllByRole('option').filter((option) => option.closest('[role="listbox"]'));
    expect(options.map(({ textContent }) => textContent)).toEqual([
      'https://api.example.com/v1/',
      'https://api.example.com/',
      'https://notes.example.com/',
    ]);
    expect(url()).toHaveAttribute('aria-activedescendant', options[2]?.id);
    expect(await violations()).toEqual([]);
    await user.keyboard('{Enter}');
    expect(url()).toHaveValue('https://notes.example.com/');
    expect(url()).toHaveAttribute('aria-expanded', 'false');
    expect(engine.count('fetch')).toBe(0);
  });

  test('are fewer as somebody types, and can be clicked', async () => {
    const user = await open();
    await type(user, 'notes');
    await user.click(screen.getByRole('option', { name: 'https://notes.example.com/' }));
    expect(url()).toHaveValue('https://notes.example.com/');
    expect(url()).toHaveFocus();
  });
});

describe('a failure', () => {
  test.each(['network', 'offline', 'busy', 'provider_unreachable', 'certificate_untrusted'] as const)(
    '%s has its words, and can be tried again',
    async (code) => {
      engine.answer('fetch', () => Promise.reject(failure(code)));
      const user = await open();
      await user.click(send());
      expect(await screen.findByTestId('error')).toHaveTextContent(errors[code].title);
      expect(await violations()).toEqual([]);
      engine.recover('fetch');
      engine.onFetch(() => json({}));
      await user.click(screen.getByTestId('send-again'));
      expect(await screen.findByTestId('answer')).toBeVisible();
      expect(screen.queryByTestId('error')).not.toBeInTheDocument();
    },
  );

  test('for an API that the session isn’t for offers a sign-in that asks for it', async () => {
    const signIn = { audience: 'https://api.example.com' };
    const refusal = failure('token_request_failed', { oauthError: 'invalid_target', signIn });
    engine.answer('fetch', () => Promise.reject(refusal));
    const user = await open();
    await user.click(send());
    expect(await screen.findByText(en.repair.target)).toBeVisible();
    await user.click(screen.getByRole('button', { name: en.askProvider }));
    const options = engine.calls.find(({ command }) => command === 'sign_in')?.args;
    expect(options).toEqual({ options: signIn });
  });

  test('for an API that the session was asked for, and isn’t for all the same, offers none', async () => {
    engine.answer('fetch', () =>
      Promise.reject(failure('token_request_failed', { oauthError: 'invalid_target' })),
    );
    const user = await open();
    await user.click(send());
    expect(await screen.findByTestId('send-again')).toBeVisible();
    expect(screen.queryByText(en.repair.target)).not.toBeInTheDocument();
    expect(screen.queryByTestId('ask-provider')).not.toBeInTheDocument();
  });

  test('that a sign-in cures asks the provider for just that', async () => {
    const cure = { scope: 'notes:write' };
    engine.answer('fetch', () => Promise.reject(failure('interaction_required', { signIn: cure })));
    const user = await open();
    await user.click(send());
    await user.click(await screen.findByRole('button', { name: en.askProvider }));
    const asked = engine.calls.find(({ command }) => command === 'sign_in');
    expect(asked?.args).toEqual({ options: cure });
  });

  test('for want of a session offers to sign in', async () => {
    engine.answer('fetch', () => Promise.reject(failure('not_authenticated')));
    const user = await open();
    await user.click(send());
    expect(await screen.findByRole('button', { name: en.signIn })).toBeVisible();
  });

  test('for want of a permission says what to write where', async () => {
    engine.fail('fetch', 'permission_denied');
    const user = await open();
    await user.click(send());
    expect(await screen.findByText(en.repair.permission)).toBeVisible();
    expect(screen.getByText(/"identifier": "keyfob:fetch".*https:\/\/api\.example\.com\/\*/)).toBeVisible();
    expect(screen.queryByTestId('send-again')).not.toBeInTheDocument();
  });

  test('takes the place of the answer before', async () => {
    engine.onFetch(() => json({}));
    const user = await open();
    await user.click(send());
    await screen.findByTestId('answer');
    await act(async () => engine.goOffline());
    await user.click(send());
    expect(await screen.findByTestId('error')).toBeVisible();
    expect(screen.queryByTestId('answer')).not.toBeInTheDocument();
  });
});

describe('what was sent before', () => {
  test('is opened again, with its answer, and sent only when somebody sends it', async () => {
    engine.onFetch((request) => json({ path: new URL(request.url).pathname }));
    const user = await open();
    await type(user, 'https://api.example.com/one');
    await user.click(send());
    await screen.findByText('"/one"');
    await type(user, 'https://api.example.com/two');
    await user.click(send());
    await screen.findByText('"/two"');
    const past = screen.getAllByTestId('past');
    expect(past.map(({ textContent }) => textContent)).toEqual([
      expect.stringContaining('/two'),
      expect.stringContaining('/one'),
    ]);
    await user.click(past[1] as HTMLElement);
    expect(url()).toHaveValue('https://api.example.com/one');
    expect(screen.getByText('"/one"')).toBeVisible();
    expect(engine.count('fetch')).toBe(2);
    expect(await violations()).toEqual([]);
  });

  test('is nobody else’s to see', async () => {
    engine.onFetch(() => json({ secret: 'of the first' }));
    const user = await open();
    await type(user, 'https://api.example.com/of-the-first');
    await user.click(send());
    await screen.findByText('"of the first"');
    await act(async () => engine.signInAs({ sub: `other-${person}` }));
    expect(url()).toHaveValue(PROVIDER.apiBaseUrl);
    expect(screen.queryByTestId('past')).not.toBeInTheDocument();
    expect(document.body).not.toHaveTextContent('of the first');
  });

  test('takes addresses of any length', async () => {
    engine.onFetch(() => json({}));
    const user = await open();
    await user.clear(url());
    await user.click(url());
    await user.paste(`https://api.example.com/${'long/'.repeat(400)}`);
    await user.click(send());
    await screen.findByTestId('answer');
    expect(screen.getAllByTestId('past')).toHaveLength(1);
    expect(await violations()).toEqual([]);
  });
});

describe('without an API', () => {
  test('it says what to put into which file', async () => {
    const user = await open({ apiBaseUrl: null, resources: [] });
    expect(screen.queryByTestId('send')).not.toBeInTheDocument();
    expect(screen.getByText(CONFIG_FILE)).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Copy the lines' }));
    const copied = await navigator.clipboard.readText();
    expect(JSON.parse(`{${copied}}`)).toHaveProperty('resources');
    expect(await violations()).toEqual([]);
  });
});

test('in German all of it is German', async () => {
  startI18n('de');
  engine.onFetch(() => json({}));
  const user = await open();
  await user.click(send());
  expect(await screen.findByText(de.outcomes.cached)).toBeVisible();
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent(de.title);
  expect(await violations()).toEqual([]);
});
