import type { Session } from 'tauri-plugin-keyfob-api';

export type SignedInSession = Extract<Session, { status: 'signed_in' }>;
export type ReauthSession = Extract<Session, { status: 'reauth_required' }>;
export type UnavailableSession = Extract<Session, { status: 'unavailable' }>;
