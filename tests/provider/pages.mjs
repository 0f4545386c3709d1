// @ts-check
// The provider's pages: plain HTML that works without script, in light and dark.
import { PASSWORD } from './people.mjs';

const STYLE = `
  :root {
    color-scheme: light dark;
    --page: light-dark(#f4f5f7, #111318);
    --card: light-dark(#ffffff, #1b1e25);
    --text: light-dark(#16181d, #eceef2);
    --quiet: light-dark(#59606d, #a2a9b6);
    --line: light-dark(#c6cad2, #474d59);
    --accent: light-dark(#0b57d0, #8ab4f8);
    --on-accent: light-dark(#ffffff, #0c1a33);
    --wrong: light-dark(#b3261e, #f2b8b5);
  }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
    background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
  main { width: min(24rem, 100%); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
  h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; }
  p, ul { margin: 0 0 1.25rem; color: var(--quiet); }
  ul { padding-left: 1.25rem; }
  .wrong { color: var(--wrong); font-weight: 600; }
  label { display: block; margin-bottom: .25rem; font-weight: 600; }
  input { width: 100%; margin-bottom: 1rem; padding: .625rem .75rem; font: inherit; color: inherit; background: transparent;
    border: 1px solid var(--line); border-radius: .5rem; }
  button { width: 100%; margin-top: .5rem; padding: .625rem; font: inherit; font-weight: 600; cursor: pointer; border-radius: .5rem;
    border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); }
  button.second { background: transparent; color: var(--accent); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

/**
 * @param {{ action: string, userName?: string, wrongPassword?: boolean }} state
 */
export function signInPage({ action, userName = '', wrongPassword = false }) {
  return page(
    'Sign in',
    `<p>Any user name will do. The password is <strong>${PASSWORD}</strong>.</p>
    ${wrongPassword ? '<p class="wrong" role="alert">Wrong password. Try again.</p>' : ''}
    <form method="post" action="${escapeHtml(action)}">
      <label for="user-name">User name</label>
      <input id="user-name" name="userName" value="${escapeHtml(userName)}" autocomplete="username" required ${userName ? '' : 'autofocus'}>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required
        ${userName ? 'autofocus' : ''}>
      <button name="decision" value="sign-in">Sign in</button>
      <button class="second" name="decision" value="cancel" formnovalidate>Cancel</button>
    </form>`,
  );
}

/**
 * @param {{ action: string, client: string, fullName: string, permissions: string[] }} request
 */
export function consentPage({ action, client, fullName, permissions }) {
  return page(
    `Let ${client} in?`,
    `<p>${escapeHtml(fullName)}, ${escapeHtml(client)} asks for:</p>
    <ul>${permissions.map((permission) => `<li>${escapeHtml(permission)}</li>`).join('')}</ul>
    <form method="post" action="${escapeHtml(action)}">
      <button name="decision" value="allow" autofocus>Allow</button>
      <button class="second" name="decision" value="refuse">Refuse</button>
    </form>`,
  );
}

/** @param {string} form oidc-provider's own, with the id that the buttons name */
export function signOutPage(form) {
  return page(
    'Sign out here as well?',
    `${form}
    <button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
    <button class="second" form="op.logoutForm">Stay signed in</button>`,
  );
}

export function signedOutPage() {
  return page('You are signed out', '<p>You can close this tab.</p>');
}

/** @param {string} message */
export function errorPage(message) {
  return page(
    'That did not work',
    `<p>${escapeHtml(message)}</p><p>Close this tab and start again from the app.</p>`,
  );
}

/**
 * @param {string} title
 * @param {string} content
 */
function page(title, content) {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escapeHtml(title)}</title>
  <style>${STYLE}</style>
</head>
<body><main><h1>${escapeHtml(title)}</h1>${content}</main></body>
</html>`;
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.codePointAt(0)};`);
}
