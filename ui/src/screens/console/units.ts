import { locale } from '../../i18n';

/** "312 ms", "1.4 sec". */
export function timeTaken(milliseconds: number): string {
  return milliseconds < 1000
    ? inUnit(Math.round(milliseconds), 'millisecond', 0)
    : inUnit(milliseconds / 1000, 'second', 1);
}

/** "1 byte", "20 bytes", "1.2 kB", "3.4 MB". */
export function byteSize(bytes: number): string {
  // Short, the unit has no plural: "20 byte".
  if (bytes < 1000) return inUnit(bytes, 'byte', 0, 'long');
  return bytes < 1_000_000 ? inUnit(bytes / 1000, 'kilobyte', 1) : inUnit(bytes / 1_000_000, 'megabyte', 1);
}

/** "12,345". */
export function count(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

function inUnit(
  value: number,
  unit: string,
  maximumFractionDigits: number,
  unitDisplay: 'short' | 'long' = 'short',
): string {
  const options: Intl.NumberFormatOptions = {
    style: 'unit',
    unit,
    unitDisplay,
    maximumFractionDigits,
  };
  return new Intl.NumberFormat(locale(), options).format(value);
}
