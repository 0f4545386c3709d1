import {
  ArrowLeftRight,
  CircleX,
  Clock,
  HardDrive,
  History,
  Link2Off,
  LogIn,
  LogOut,
  type LucideIcon,
  type LucideProps,
  Moon,
  Network,
  OctagonX,
  RefreshCw,
  RefreshCwOff,
  Repeat2,
  ScreenShare,
  ServerOff,
  SquareArrowOutUpRight,
  UserMinus,
  Wifi,
  WifiOff,
} from 'lucide-react';
import type { EventKind } from 'tauri-plugin-keyfob-api';
import type { Tone } from './event';

const ICONS: Readonly<Record<EventKind, LucideIcon>> = {
  restored: History,
  sign_in_started: SquareArrowOutUpRight,
  signed_in: LogIn,
  sign_in_failed: CircleX,
  signed_out: LogOut,
  account_switched: ArrowLeftRight,
  account_removed: UserMinus,
  session_ended: OctagonX,
  session_followed: ScreenShare,
  refreshed: RefreshCw,
  refresh_failed: RefreshCwOff,
  replayed: Repeat2,
  storage_degraded: ServerOff,
  storage_recovered: HardDrive,
  deep_link_unavailable: Link2Off,
  network_changed: Network,
  woke_up: Moon,
  clock_changed: Clock,
  went_offline: WifiOff,
  came_online: Wifi,
};

/** Colours of an event's tone; the icon says the same without them. */
export const TONES: Readonly<Record<Tone, { text: string; fill: string }>> = {
  good: { text: 'text-good', fill: 'fill-good-soft' },
  calm: { text: 'text-ink-soft', fill: 'fill-hover' },
  warn: { text: 'text-warn', fill: 'fill-warn-soft' },
  bad: { text: 'text-bad', fill: 'fill-bad-soft' },
};

/** Decoration: what it means is written beside it, or is the name of what it stands in. */
export function EventIcon({ kind, ...rest }: { kind: EventKind } & LucideProps) {
  const Icon = ICONS[kind];
  return <Icon aria-hidden="true" {...rest} />;
}
