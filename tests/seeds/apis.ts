/** Where the APIs are: the one thing, beside the import, in which these samples differ from those they were learnt from. */
export const NOTES_API = originOf('urn:keyfob:notes');
export const ORDERS_API = originOf('urn:keyfob:orders');
export const ORDERS_AUDIENCE = 'urn:keyfob:orders';

declare global {
  interface Window {
    /** The configuration's `resources`, as the host says them to its pages. */
    resources: { origin: string; audience: string }[];
  }
}

/** The origin that the configuration binds to an audience. */
export function originOf(audience: string): string {
  const resource = window.resources.find((candidate) => candidate.audience === audience);
  if (!resource) throw new Error(`The configuration binds no origin to ${audience}.`);
  return resource.origin;
}
