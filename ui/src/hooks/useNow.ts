import { useEffect, useState } from 'react';

/** The wall clock in seconds since the epoch, once a second. */
export function useNow(): number {
  const [now, setNow] = useState(readClock);
  useEffect(() => {
    const timer = setInterval(() => setNow(readClock()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function readClock(): number {
  return Math.floor(Date.now() / 1000);
}
