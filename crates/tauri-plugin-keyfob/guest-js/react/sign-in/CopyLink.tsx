import { useEffect, useState } from 'react';
import { getAuthorizationUrl } from '../../sign-in.js';
import { useKit } from './parts.js';

/** Copies the sign-in's address, for another browser than the default one. */
export function CopyLink() {
  const { parts, texts } = useKit();
  const url = useAuthorizationUrl();
  const [copied, setCopied] = useState<'yes' | 'refused' | null>(null);
  const isCopied = copied === 'yes';

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
      <parts.Button action="copy-link" state={isCopied ? 'done' : 'ready'} type="button" onClick={copy}>
        <span aria-live="polite">{isCopied ? texts.copied : texts.copyLink}</span>
      </parts.Button>
      {copied === 'refused' && url !== null && <parts.Field label={texts.copyByHand} value={url} />}
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
