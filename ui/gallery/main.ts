import './clock';
import './gallery.css';
import { installKeyfob } from 'tauri-plugin-keyfob-api/testing';
import { openBoundary } from './boundary';
import { pass } from './clock';
import { Host } from './host';
import { states } from './states';

// Which state the window shows stands in its address: `#home/de`.
const [name, language = 'en'] = location.hash.slice(1).split('/');
const state = states.find((candidate) => candidate.name === name);

// For the script that takes the pictures.
Object.assign(window, {
  gallery: {
    shown: location.hash.slice(1),
    states: states.map(({ name, narrow = false, steps = [], shows }) => ({ name, narrow, steps, shows })),
    pass,
  },
});

if (state) {
  // What an earlier state has left.
  localStorage.clear();
  sessionStorage.clear();
  const host = new Host({ theme: 'system', language: language === 'de' ? 'de' : 'en' });
  openBoundary(host.commands);
  state.arrange({ engine: installKeyfob({ apiBaseUrl: 'https://notes.example.com' }), host });
  void import('../src/main');
} else {
  listStates();
}

/** For whoever opens the gallery by hand. */
function listStates(): void {
  const links = states.map((listed) => {
    const link = document.createElement('a');
    link.href = `#${listed.name}`;
    link.textContent = `${listed.name} `;
    return link;
  });
  const list = document.createElement('main');
  list.append(...links);
  document.body.replaceChildren(list);
  addEventListener('hashchange', () => location.reload());
}
