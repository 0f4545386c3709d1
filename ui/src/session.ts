import type { Session } from 'tauri-plugin-keyfob-api';

export type SignedInSession = Extract<Session, { status: 'signed_in' }>;
