import { createAuthenticatedFetch } from 'tauri-plugin-keyfob-api';

/** The API that the sign-in's own token is for. */
export const api = createAuthenticatedFetch({ baseUrl: 'https://api.example.com/v1/' });

/** Another one, with a token of its own that allows more than the sign-in asked for. */
export const notes = createAuthenticatedFetch({
  audience: 'https://notes.example.com',
  scope: 'notes:write',
  baseUrl: 'https://notes.example.com/',
});
