// @ts-check
// The provider by itself: node tests/provider/main.mjs [--port 9400] [--file path.json]
import { parseArgs } from 'node:util';
import { APIS, CLIENT_ID, PASSWORD, startProvider } from './provider.mjs';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, file: { type: 'string' } },
});
const provider = await startProvider({ port: Number(values.port), file: values.file });

const lines = [
  ...Object.entries(provider.issuers).map(([profile, { origin }]) => `issuer ${profile}: ${origin}`),
  ...Object.entries(provider.apis).map(
    ([name, origin]) => `API ${name} (${APIS[/** @type {keyof typeof APIS} */ (name)].audience}): ${origin}`,
  ),
  `control: ${provider.controlUrl}`,
  `client: ${CLIENT_ID}, any user name, password "${PASSWORD}"`,
];
process.stdout.write(`${lines.join('\n')}\n`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => provider.close().then(() => process.exit(0)));
}
