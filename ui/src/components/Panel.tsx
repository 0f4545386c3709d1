import { type ReactNode, type Ref, useId } from 'react';

interface PanelProps {
  title: string;
  lead?: ReactNode;
  /** At the title's end. */
  actions?: ReactNode;
  children: ReactNode;
  ref?: Ref<HTMLElement>;
}

/** A part of a view, with a name. */
export function Panel({ title, lead, actions, children, ref }: PanelProps) {
  const name = useId();
  return (
    <section
      ref={ref}
      aria-labelledby={name}
      className="scroll-my-4 rounded-xl border border-line bg-card p-5"
    >
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className={`min-w-0 flex-1 ${lead ? 'basis-48' : 'basis-24'}`}>
          <h2 id={name} className="font-semibold">
            {title}
          </h2>
          {lead && <p className="quotable wrap-anywhere mt-0.5 text-pretty text-ink-soft text-sm">{lead}</p>}
        </div>
        {actions}
      </div>
      <div className="mt-4 empty:hidden">{children}</div>
    </section>
  );
}
