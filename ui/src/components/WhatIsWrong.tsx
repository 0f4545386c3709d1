import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorCode } from 'tauri-plugin-keyfob-api';
import { type Check, type CheckSubject, doctor } from 'tauri-plugin-keyfob-api/doctor';
import { useAction } from 'tauri-plugin-keyfob-api/react/sign-in';
import { Button } from './Button';
import { CheckWords } from './CheckWords';
import { ErrorNotice } from './ErrorNotice';

/** Looks at everything that signing in needs, for who asks. `code` is what the screen is about already. */
export function WhatIsWrong({ code }: { code: ErrorCode }) {
  const { t } = useTranslation('signIn');
  const [checks, setChecks] = useState<readonly Check[] | null>(null);
  const look = useAction(async () => setChecks(await doctor()));
  return (
    <div className="mt-2 -mb-3 grid gap-2">
      <Button
        look="quiet"
        data-testid="what-is-wrong"
        busy={look.busy}
        busyLabel={t('whatIsWrong.looking')}
        onClick={look.run}
      >
        {t('whatIsWrong.look')}
      </Button>
      <ErrorNotice error={look.error} />
      <div role="status">
        {checks && !look.busy && (
          <Findings checks={checks.filter(({ subject }) => !isAbout(code, subject))} />
        )}
      </div>
    </div>
  );
}

const DOTS = { failed: 'bg-bad', warning: 'bg-warn' };

function Findings({ checks }: { checks: readonly Check[] }) {
  const { t } = useTranslation('signIn');
  const found = checks.filter(isFinding);
  if (found.length === 0) return <p className="pb-3 text-ink-soft text-sm">{t('whatIsWrong.nothing')}</p>;
  return (
    <ul data-testid="findings" className="grid gap-3 border-line border-t pt-4 pb-3 text-sm">
      {found.map((check) => (
        <li
          key={check.subject + check.message}
          data-subject={check.subject}
          className="grid grid-cols-[auto_1fr] gap-x-2.5"
        >
          <span aria-hidden="true" className={`mt-1.5 size-2 rounded-full ${DOTS[check.status]}`} />
          <CheckWords check={check} />
        </li>
      ))}
    </ul>
  );
}

function isAbout(code: ErrorCode, subject: CheckSubject): boolean {
  return subject === (code.startsWith('keychain_') ? 'keychain' : 'configuration');
}

/** What is as it should be, or was left out, is no news to somebody who can't sign in. */
function isFinding(check: Check): check is Check & { status: keyof typeof DOTS } {
  return check.status in DOTS;
}
