import { useEffect } from 'react';
import { useAccessToken } from 'tauri-plugin-keyfob-api/react';

export default function AccessToken() {
  const { accessToken } = useAccessToken();

  useEffect(() => {
    console.log('The token now:', accessToken);
  }, [accessToken]);

  return null;
}
