import { ChevronRight } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import type { ReactNode } from 'react';
import { useIntoView } from '../hooks/useIntoView';

interface DisclosureProps {
  /** What somebody may ask. */
  question: string;
  testid: string;
  /** What there is to say to it. */
  children: ReactNode;
}

/** A question whose answer is there for who asks it, and then in view. */
export function Disclosure({ question, testid, children }: DisclosureProps) {
  return (
    <Collapsible.Root className="text-sm" data-testid={testid}>
      <Collapsible.Trigger className="group flex min-h-8 w-full items-center gap-1.5 rounded-md text-left text-ink-soft hover:text-ink">
        <ChevronRight
          aria-hidden="true"
          className="size-4 shrink-0 transition-transform group-data-[state=open]:rotate-90"
        />
        {question}
      </Collapsible.Trigger>
      <Collapsible.Content>
        <Answer>{children}</Answer>
      </Collapsible.Content>
    </Collapsible.Root>
  );
}

function Answer({ children }: { children: ReactNode }) {
  const element = useIntoView<HTMLDivElement>(null);
  return (
    <div ref={element} className="scroll-mb-14 pt-1 pl-5.5">
      {children}
    </div>
  );
}
