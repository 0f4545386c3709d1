import { type FormEvent, type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/Button';
import { Panel } from '../../components/Panel';
import { Select } from '../../components/Select';
import { audiences, isConfigured, parseAddress, suggestions } from './address';
import type { ApiSetup } from './Console';
import { type Draft, impliedType, METHODS, takesBody } from './exchange';
import { HeaderRows } from './HeaderRows';
import { headerFault } from './headers';
import { isJson } from './json';
import { UrlField } from './UrlField';

interface RequestFormProps {
  api: ApiSetup;
  draft: Draft;
  /** Addresses that were sent to before. */
  used: readonly string[];
  busy: boolean;
  onChange: (draft: Draft) => void;
  onSend: () => void;
  onCancel: () => void;
}

export function RequestForm({ api, draft, used, busy, onChange, onSend, onCancel }: RequestFormProps) {
  const { t } = useTranslation('console');
  const [wasTried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const faultId = useId();
  const address = parseAddress(draft.url, api.apiBaseUrl);
  const shownFault = wasTried ? address.fault : null;
  const isUnknown = address.url !== null && !isConfigured(address.url, api.resources);

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (busy) return;
    setTried(true);
    if (address.fault === null && draft.headers.every((row) => headerFault(row) === null)) return onSend();
    const wrong = address.fault === null ? '[aria-invalid="true"]' : '[role="combobox"]';
    form.current?.querySelector<HTMLElement>(wrong)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };

  return (
    <Panel title={t('request')}>
      <form ref={form} onSubmit={submit} onKeyDown={onKeyDown} noValidate className="grid grid-cols-1 gap-4">
        <div className="flex flex-wrap gap-2">
          <Labelled label={t('method')}>
            {(id) => (
              <Select
                id={id}
                value={draft.method}
                options={METHODS.map((method) => ({ value: method, label: method }))}
                onChange={(method) => onChange({ ...draft, method })}
              />
            )}
          </Labelled>
          <UrlField
            label={t('url')}
            placeholder={api.apiBaseUrl ?? 'https://api.example.com/'}
            value={draft.url}
            onChange={(url) => onChange({ ...draft, url })}
            suggestions={suggestions(api.apiBaseUrl, api.resources, used)}
            listLabel={t('suggestions')}
            faultId={shownFault ? faultId : null}
          />
        </div>
        <p id={faultId} role="status" className="-mt-2 text-sm empty:hidden">
          {shownFault && <span className="text-bad">{t(`faults.${shownFault}`)}</span>}
          {isUnknown && (
            <span className="break-words text-warn">
              {t('unknownOrigin', { origin: address.url.origin })}
            </span>
          )}
        </p>
        <Audience api={api} draft={draft} onChange={onChange} />
        <HeaderRows rows={draft.headers} onChange={(headers) => onChange({ ...draft, headers })} />
        {takesBody(draft.method) && <Body draft={draft} onChange={onChange} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" look="primary" data-testid="send" busy={busy} busyLabel={t('sending')}>
            {t('send')}
          </Button>
          {/* Its place is kept, so that nothing moves when it appears. */}
          <span className={busy ? '' : 'invisible'}>
            <Button data-testid="cancel-request" onClick={onCancel}>
              {t('cancel', { ns: 'common' })}
            </Button>
          </span>
          <span className="ml-auto hidden text-ink-soft text-xs sm:inline">{t(shortcutKey())}</span>
        </div>
      </form>
    </Panel>
  );
}

type PartProps = Pick<RequestFormProps, 'draft' | 'onChange'>;

function Audience({ api, draft, onChange }: PartProps & { api: ApiSetup }) {
  const { t } = useTranslation('console');
  const all = audiences(api.ownAudience, api.resources);
  const option = (audience: string) => ({
    value: audience,
    label: audience === api.ownAudience ? t('audienceOwn', { audience }) : audience,
  });
  return (
    <Labelled label={t('audience')}>
      {(id) => (
        <Select
          id={id}
          wide
          value={draft.audience ?? ''}
          options={[{ value: '', label: t('audienceByAddress') }, ...all.map(option)]}
          onChange={(audience) => onChange({ ...draft, audience: audience || null })}
        />
      )}
    </Labelled>
  );
}

function Body({ draft, onChange }: PartProps) {
  const { t } = useTranslation('console');
  const hint = useId();
  const type = impliedType(draft);
  const looksLikeJson = /^\s*[{[]/.test(draft.body) && !isJson(draft.body);
  return (
    <Labelled label={t('body')}>
      {(id) => (
        <>
          <textarea
            id={id}
            rows={6}
            value={draft.body}
            spellCheck={false}
            autoCapitalize="off"
            aria-describedby={hint}
            onChange={(event) => onChange({ ...draft, body: event.target.value })}
            className="field w-full resize-y py-2 font-mono text-sm"
          />
          <p id={hint} className="min-h-5 text-ink-soft text-xs">
            {looksLikeJson ? t('notJson') : type && t('sentAs', { type })}
          </p>
        </>
      )}
    </Labelled>
  );
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-ink-soft text-xs">
        {label}
      </label>
      {children(id)}
    </div>
  );
}

function shortcutKey() {
  return /macintosh/iu.test(navigator.userAgent) ? 'shortcutMac' : 'shortcut';
}
