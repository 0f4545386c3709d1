// @ts-check
// Signing in and giving consent, in the browser: what oidc-provider leaves to its host.
import { consentPage, errorPage, signInPage } from './pages.mjs';
import { fullName, PASSWORD } from './people.mjs';
import { readBody } from './servers.mjs';

export const INTERACTION_PATH = '/interaction/';

/** @typedef {import('oidc-provider').default} Provider */
/** @typedef {Awaited<ReturnType<Provider['interactionDetails']>>} Interaction */

/**
 * @param {Provider} provider
 * @returns {import('node:http').RequestListener}
 */
export function handleInteractions(provider) {
  return async (request, response) => {
    try {
      const interaction = await provider.interactionDetails(request, response);
      if (request.method !== 'POST') {
        sendPage(response, 200, await pageFor(provider, interaction));
        return;
      }
      const form = Object.fromEntries(new URLSearchParams((await readBody(request)).toString()));
      if (form.decision === 'sign-in' && form.password !== PASSWORD) {
        const action = INTERACTION_PATH + interaction.uid;
        sendPage(response, 200, signInPage({ action, userName: form.userName, wrongPassword: true }));
        return;
      }
      const result = await resultOf(provider, interaction, form);
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
    } catch {
      sendPage(response, 400, errorPage('This sign-in has ended, or it was started in another browser.'));
    }
  };
}

/**
 * @param {Provider} provider
 * @param {Interaction} interaction
 */
async function pageFor(provider, { uid, prompt, params, session }) {
  const action = INTERACTION_PATH + uid;
  if (prompt.name !== 'consent') return signInPage({ action, userName: text(params.login_hint) });
  const client = await provider.Client.find(text(params.client_id));
  const permissions = [
    'Your name and email address',
    ...[params.resource ?? []].flat().map((resource) => `Access to ${resource}`),
    ...(client?.grantTypeAllowed('refresh_token') ? ['Staying signed in'] : []),
  ];
  const name = fullName(session?.accountId ?? '');
  return consentPage({ action, client: client?.clientName ?? 'The app', fullName: name, permissions });
}

/**
 * @param {Provider} provider
 * @param {Interaction} interaction
 * @param {Record<string, string>} form
 * @returns {Promise<import('oidc-provider').InteractionResults>}
 */
async function resultOf(provider, { prompt, params, session, grantId }, { decision, userName }) {
  if (decision === 'sign-in') {
    return { login: { accountId: userName.trim().toLowerCase() }, select_account: {} };
  }
  if (decision === 'allow' && prompt.name === 'consent' && session) {
    const known = grantId ? await provider.Grant.find(grantId) : undefined;
    const grant =
      known ?? new provider.Grant({ accountId: session.accountId, clientId: text(params.client_id) });
    grant.addOIDCScope(text(params.scope));
    for (const resource of [params.resource ?? []].flat())
      grant.addResourceScope(String(resource), text(params.scope));
    return { consent: { grantId: await grant.save() } };
  }
  return { error: 'access_denied', error_description: 'The person refused.' };
}

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value : '';
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {string} page
 */
function sendPage(response, status, page) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(page);
}
