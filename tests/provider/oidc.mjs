// @ts-check
// oidc-provider, without its warning about Node 20: it works there, and the warning helps nobody who runs the tests.
const { warn } = console;
console.warn = () => {};
const module = await import('oidc-provider').finally(() => {
  console.warn = warn;
});

export const { Provider, errors, interactionPolicy } = module;
