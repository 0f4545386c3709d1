import { type ReactNode, useEffect, useState } from 'react';
import { getAccessToken } from 'tauri-plugin-keyfob-api';
import { NOTES_API } from '../apis';

async function dataPage() {
  try {
    const { token, expiresAt, scope, audience } = await getAccessToken({ includeFullResponse: true });
    const response = await fetch(`${NOTES_API}/data`, { headers: { Authorization: `Bearer ${token}` } });
    const data = await response.json();
    return (
      <div>
        <pre data-testid="answer">{JSON.stringify(data, null, 2)}</pre>
        <p data-testid="token">
          For {audience}, {scope || 'no scope'}, until {new Date((expiresAt ?? 0) * 1000).toISOString()}
        </p>
      </div>
    );
  } catch (error) {
    return <div data-testid="answer">No data: {error instanceof Error ? error.message : String(error)}</div>;
  }
}

/** There is no server that would render it, so a component waits for it. */
export default function DataPage() {
  const [page, setPage] = useState<ReactNode>(null);
  useEffect(() => void dataPage().then(setPage), []);
  return page;
}
