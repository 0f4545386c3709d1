import { CopyButton } from '../../components/CopyButton';

/** Something to put into a file, and what it is called. */
export function Snippet({ text, name }: { text: string; name: string }) {
  return (
    <div className="mt-2 flex items-start gap-2 rounded-lg border border-line bg-inset py-1 pr-1 pl-3">
      <pre className="quotable min-w-0 flex-1 overflow-x-auto whitespace-pre-wrap break-words py-1.5 font-mono text-xs leading-relaxed">
        {text}
      </pre>
      <CopyButton name={name} text={() => text} />
    </div>
  );
}

/** The line of the configuration by which an origin gets tokens. */
export function resourceLine(origin: string): string {
  return `"resources": [{ "origin": "${origin}", "audience": "${origin}" }]`;
}

/** The line of a capability by which a window may send requests there. */
export function permissionLine(origin: string): string {
  return `{ "identifier": "keyfob:fetch", "allow": [{ "url": "${origin}/*" }] }`;
}
