// @ts-check
// What a person does on the provider's pages.
import { PASSWORD } from '../../provider/provider.mjs';

/** @typedef {import('playwright-core').Page} Page */

/**
 * @param {Page} page
 * @param {string} userName
 * @param {string} [password]
 */
export async function enterPassword(page, userName, password = PASSWORD) {
  await page.getByLabel('User name').fill(userName);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** @param {Page} page */
export async function allow(page) {
  await page.getByRole('button', { name: 'Allow' }).click();
}

/** @param {Page} page */
export async function refuse(page) {
  await page.getByRole('button', { name: 'Refuse' }).click();
}

/**
 * The whole way through. A provider that still knows the person asks for consent alone.
 * @param {Page} page
 * @param {string} userName
 */
export async function signInAs(page, userName) {
  const password = page.getByLabel('Password');
  await password.or(page.getByRole('button', { name: 'Allow' })).waitFor();
  if (await password.isVisible()) await enterPassword(page, userName);
  await allow(page);
}
