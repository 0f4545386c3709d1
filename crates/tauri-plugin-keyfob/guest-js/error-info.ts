/**
 * A table of every error code. It is an entry of its own, as it is larger than most apps need.
 *
 * @packageDocumentation
 */

import { type ErrorInfo, errorInfo as engineErrorInfo } from './bindings.js';
import type { ErrorCode } from './errors.js';

export type { ErrorInfo, ErrorSource } from './bindings.js';
export type { ErrorCode } from './errors.js';

/** Of every error code: whether the same call may succeed later, where it comes from, and what can be done. */
export const errorInfo: Readonly<Record<ErrorCode, Readonly<ErrorInfo>>> = {
  ...engineErrorInfo,
  not_in_tauri: {
    retryable: false,
    source: 'caller',
    advice: 'Open the page in the window of the Tauri app.',
  },
};
