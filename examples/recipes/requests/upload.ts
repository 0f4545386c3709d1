import { api } from './apis';

/** Uploads a file, and tells how much of it has gone, from 0 to 1. */
export async function upload(
  file: Blob,
  onProgress: (done: number) => void,
  signal: AbortSignal | null = null,
) {
  let sent = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sent += chunk.length;
      onProgress(sent / file.size);
      controller.enqueue(chunk);
    },
  });
  const body = file.stream().pipeThrough(counter);
  return api('files', {
    method: 'POST',
    body,
    signal,
    headers: { 'content-type': file.type },
  });
}
