/**
 * A sign-in screen for every state, without styles.
 *
 * @packageDocumentation
 */

export { KeyfobSignIn, type KeyfobSignInProps } from './KeyfobSignIn.js';
export type {
  ActionsProps,
  ButtonProps,
  FailureProps,
  FieldProps,
  FormProps,
  HintsProps,
  OutcomeProps,
  ScreenProps,
  SignInAction,
  SignInFailure,
  SignInParts,
  SignInState,
  TextProps,
  TitleProps,
  WarningProps,
} from './parts.js';
export { type SignInTexts, signInTexts } from './texts.js';
export { type Action, useAction } from './useAction.js';
