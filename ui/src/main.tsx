import './styles.css';
import { createRoot } from 'react-dom/client';
import { startI18n, systemLanguage } from './i18n';
import { Root } from './Root';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');

startI18n(systemLanguage());
createRoot(root).render(<Root />);
