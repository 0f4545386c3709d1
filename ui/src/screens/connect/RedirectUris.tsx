import { CopyLine } from '../../components/CopyLine';

/** What is registered at the provider, to be copied. */
export function RedirectUris({ uris }: { uris: readonly string[] }) {
  return (
    <ul className="grid gap-1.5">
      {uris.map((uri) => (
        <li key={uri}>
          <CopyLine text={uri} name={uri} />
        </li>
      ))}
    </ul>
  );
}
