import { useEffect, useState } from 'react';
import { getAuthorizationUrl } from 'tauri-plugin-keyfob-api';
import { strings } from '../strings';
import { Button } from './Button';
import { CheckIcon, CopyIcon } from './icons';

/** Copies the sign-in's address, for another browser than the default one. */
export function CopyLink() {
  const { signingIn } = strings;
  const url = useAuthorizationUrl();
  const [copied, setCopied] = useState<'yes' | 'refused' | null>(null);

  const copy = async () => {
    if (url === null) return;
    try {
      await navigator.clipboard.writeText(url);
      setCopied('yes');
    } catch {
      setCopied('refused');
    }
  };

  return (
    <>
      <Button data-testid="copy-link" onClick={copy}>
        {copied === 'yes' ? <CheckIcon className="size-4" /> : <CopyIcon className="size-4" />}
        <span aria-live="polite">{copied === 'yes' ? signingIn.copied : signingIn.copyLink}</span>
      </Button>
      {copied === 'refused' && url !== null && (
        <label className="col-span-2 mt-1 grid gap-1 text-ink-soft text-sm">
          {signingIn.copyByHand}
          <input
            readOnly
            value={url}
            onFocus={(event) => event.target.select()}
            className="quotable rounded-lg border border-line-strong bg-inset px-3 py-2 font-mono text-ink text-xs"
          />
        </label>
      )}
    </>
  );
}

/** Fetched ahead of the click: webviews allow writing to the clipboard only while a click is being handled. */
function useAuthorizationUrl(): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    getAuthorizationUrl().then(
      (found) => isCurrent && setUrl(found),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, []);
  return url;
}
