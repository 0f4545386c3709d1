import { locale } from './i18n';

/** "1 h 05 min", "4 min 32 s", "32 s". */
export function duration(seconds: number): string {
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${twoDigits((seconds % 3600) / 60)} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  return `${seconds} s`;
}

/** As long as it is fine to say of something that runs down: "1 h 05 min", "4 min", "32 s". */
export function briefDuration(seconds: number): string {
  if (seconds >= 3600 || seconds < 60) return duration(seconds);
  return `${Math.floor(seconds / 60)} min`;
}

/** The time of day, as this system writes it. */
export function timeOfDay(seconds: number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(seconds * 1000);
}

/** Date and time, as this system writes them. */
export function dateAndTime(seconds: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium' }).format(
    seconds * 1000,
  );
}

/** Two letters for a person without a picture. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s@._-]+/u)
    .filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word) => Array.from(word ?? '').at(0) ?? '')
    .join('')
    .toLocaleUpperCase();
}

/** Where somebody is signed in, for people: the host of the issuer. */
export function host(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer;
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
