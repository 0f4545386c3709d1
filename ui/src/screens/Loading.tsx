import { Screen } from '../components/Screen';
import { Spinner } from '../components/Spinner';
import { strings } from '../strings';

/** Restoring takes a few milliseconds as a rule: nothing is shown of it in the first 200. */
export function Loading() {
  return (
    <Screen name="loading" bare>
      <p className="flex animate-appear-late items-center gap-3 text-ink-soft">
        <Spinner />
        {strings.loading.title}
      </p>
    </Screen>
  );
}
