import { api } from './apis';

/** The events of a stream (text/event-stream) as they come in. Leaving the loop over them closes it, and so does aborting. */
export async function* events(path: string, signal: AbortSignal | null = null): AsyncGenerator<string> {
  const response = await api(path, { headers: { accept: 'text/event-stream' }, signal });
  if (!response.ok || !response.body) throw new Error(`The API says ${response.status}.`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let rest = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const complete = (rest + piece.value).split('\n\n');
      rest = complete.pop() ?? '';
      yield* complete;
    }
  } finally {
    await reader.cancel();
  }
}
