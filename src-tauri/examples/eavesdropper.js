// Runs in the second window, before its page: what a script with `core:default` can hear and say.
(() => {
  const { invoke, transformCallback } = window.__TAURI_INTERNALS__;
  const forgeries = Number('FORGERIES');

  const report = (what) => invoke('plugin:event|emit', { event: 'eavesdropper', payload: what });
  const listen = (event, handler) =>
    invoke('plugin:event|listen', { event, target: { kind: 'Any' }, handler: transformCallback(handler) });

  // Under any name that hosts, the plugin or deep-link might use.
  const events = [
    'keyfob',
    'keyfob://snapshot',
    'keyfob:snapshot',
    'keyfob://session',
    'keyfob:session',
    'keyfob://event',
    'snapshot',
    'session',
    'deep-link',
    'deep-link://new-url',
    'single-instance',
    'tauri://update',
  ];
  /** A state that was heard is used: a forger takes what there is. */
  let state = 'guessed';
  for (const name of events) {
    listen(name, ({ payload }) => {
      const text = JSON.stringify(payload);
      if (text.includes('forged')) return;
      state = /state=([\w-]+)/u.exec(text)?.[1] ?? state;
      report(`heard ${name}: ${text}`);
    });
  }

  const ask = async (command, args, options) => {
    try {
      const answer = await invoke(command, args, options);
      report(`was told by ${command}: ${typeof answer === 'string' ? answer : JSON.stringify(answer)}`);
    } catch {
      // Refused, as it should be.
    }
  };
  const pry = async () => {
    for (const command of [
      'get_session',
      'get_authorization_url',
      'list_accounts',
      'list_events',
      'list_tokens',
    ]) {
      await ask(`plugin:keyfob|${command}`, {});
    }
    await ask('plugin:keyfob|get_access_token', { options: {} });
    await ask('plugin:keyfob|subscribe', {
      channel: `__CHANNEL__:${transformCallback((it) => report(JSON.stringify(it)))}`,
    });
    // What other windows' channels hold for them, by its number.
    for (let id = 0; id < 8; id += 1) {
      await ask('plugin:__TAURI_CHANNEL__|fetch', null, { headers: { 'Tauri-Channel-Id': String(id) } });
      await ask('plugin:resources|close', { rid: id });
    }
    await ask('plugin:window|title', { label: 'main' });
    // The windows are of one origin.
    const databases = (await indexedDB.databases?.()) ?? [];
    const kept = [document.cookie, { ...localStorage }, { ...sessionStorage }, databases];
    report(`found in storage: ${JSON.stringify(kept)}`);
  };

  const forge = async (generation) => {
    const tell = (event, payload) => [
      invoke('plugin:event|emit', { event, payload }),
      invoke('plugin:event|emit_to', { event, target: { kind: 'AnyLabel', label: 'main' }, payload }),
    ];
    const session = { status: 'signed_in', user: { sub: 'forged', name: 'forged' } };
    const snapshot = { generation: Number.MAX_SAFE_INTEGER, session, signIn: null, signInError: null };
    for (let number = 0; number < forgeries; number += 4) {
      const link = `dev.keyfob.desktop:/callback?error=access_denied&error_description=forged&state=${state}`;
      await Promise.allSettled([
        ...tell('keyfob://snapshot', snapshot),
        ...tell('deep-link://new-url', ['forged', link]),
      ]);
    }
    await pry();
    await report(`forged ${forgeries} after generation ${generation}`);
  };

  // One after the other, so that what is told last was forged last.
  let forging = pry();
  listen('forge', ({ payload }) => {
    forging = forging.then(() => forge(payload));
  });
  window.addEventListener('DOMContentLoaded', () => report('listens'));
})();
