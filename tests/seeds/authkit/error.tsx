import { useAccessToken } from 'tauri-plugin-keyfob-api/react';

export default function TokenError() {
  const { error } = useAccessToken();
  if (error) return <p data-testid="state">No fresh token: {error.message}</p>;
  return <p data-testid="state">No error</p>;
}
