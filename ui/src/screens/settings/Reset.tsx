import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useReloadAppState } from '../../appState';
import { Button } from '../../components/Button';
import { ErrorNotice } from '../../components/ErrorNotice';
import { Panel } from '../../components/Panel';
import { reset } from '../../host/commands';

/** As it was before the first start. The app asks in a dialog of the system before it does that. */
export function Reset() {
  const { t } = useTranslation('settings');
  const reload = useReloadAppState();
  const again = useMutation({ mutationFn: () => reset(), onSuccess: reload });
  return (
    <Panel
      title={t('reset.title')}
      lead={t('reset.lead')}
      actions={
        <Button size="small" data-testid="reset" busy={again.isPending} onClick={() => again.mutate()}>
          {t('reset.button')}
        </Button>
      }
    >
      <ErrorNotice error={again.error} />
      <p role="status" className="text-ink-soft text-sm">
        {again.data === 'declined' && t('declined')}
      </p>
    </Panel>
  );
}
