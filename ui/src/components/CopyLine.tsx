import { CopyButton } from './CopyButton';

/** Something that is copied as it stands, and the button that does. */
export function CopyLine({ text, name }: { text: string; name: string }) {
  return (
    <p className="flex items-center gap-2 rounded-lg bg-inset py-1 pr-1 pl-3">
      <code className="quotable min-w-0 flex-1 break-all font-mono text-xs">{text}</code>
      <CopyButton text={() => text} name={name} />
    </p>
  );
}
