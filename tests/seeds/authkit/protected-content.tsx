import { useAccessToken } from 'tauri-plugin-keyfob-api/react';

export default function ProtectedContent() {
  const { accessToken, loading, error } = useAccessToken();

  if (loading) return <p data-testid="state">One moment</p>;
  if (error) {
    return (
      <div data-testid="state">
        <p>No token: {error.message}</p>
        <button type="button" onClick={() => window.location.reload()}>
          Try again
        </button>
      </div>
    );
  }
  if (!accessToken) return <p data-testid="state">Sign in to read on</p>;
  return <p data-testid="state">For your eyes only</p>;
}
