import { useEffect, useState } from 'react';
import { useAuth } from 'tauri-plugin-keyfob-api/react';
import { getJson } from './api';

interface Profile {
  name: string;
}

export default function ProfileName() {
  const { account } = useAuth();
  // A component of its own for each account: what was loaded for one is never shown to another.
  return account && <Name key={account.id} />;
}

function Name() {
  const [name, setName] = useState('');

  useEffect(() => {
    const leaving = new AbortController();
    getJson<Profile>('/profile', { signal: leaving.signal }).then(
      (profile) => setName(profile.name),
      (error) => leaving.signal.aborted || setName(error.message),
    );
    return () => leaving.abort();
  }, []);

  return <p data-testid="name">{name}</p>;
}
