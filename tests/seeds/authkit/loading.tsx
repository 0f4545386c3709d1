import { useAccessToken } from 'tauri-plugin-keyfob-api/react';

export default function Loading() {
  const { loading } = useAccessToken();
  if (loading) return <p data-testid="state">One moment</p>;
  return <p data-testid="state">Ready</p>;
}
