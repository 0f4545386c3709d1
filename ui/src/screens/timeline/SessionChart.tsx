import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventKind, SessionEvent } from 'tauri-plugin-keyfob-api';
import { BOTTOM, HEIGHT, markersOf, PLOT_HEIGHT, timeScale } from './layout';
import { clipped, type Life, livesOf, offlineSpans, type Present, type Span, within } from './life';
import { Markers } from './Markers';
import { MarkerTip } from './MarkerTip';
import { LaneRows, LengthAxis, Lives, Moment, OfflineBands, Outlook, TimeAxis } from './plot';
import { durationTicks } from './ticks';
import { useWidth } from './useWidth';

interface SessionChartProps {
  events: readonly SessionEvent[];
  present: Present;
  span: Span;
}

/** Where the world went on and the session stood still, or ended. */
const MOMENTS: ReadonlySet<EventKind> = new Set(['woke_up', 'clock_changed', 'signed_out', 'session_ended']);

/** How long the access token had to live at each moment, and what happened to the session. */
export function SessionChart({ events, present, span }: SessionChartProps) {
  const { t } = useTranslation('timeline');
  const { ref, width } = useWidth();
  const [active, setActive] = useState<string | null>(null);
  const hatching = useId();
  const markers = markersOf(events, span, width);
  const tipped = markers.find(({ key }) => key === active);

  return (
    // Leaving the chart, and not the marker, ends the tip: the pointer may go over to it.
    <div ref={ref} className="relative" onPointerLeave={() => setActive(null)}>
      <svg
        aria-hidden="true"
        width={width}
        height={HEIGHT}
        className="block max-w-full text-[0.6875rem] tabular-nums"
      >
        <pattern
          id={hatching}
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line x1="0" x2="0" y1="0" y2="6" className="stroke-warn" strokeWidth="2" opacity="0.5" />
        </pattern>
        <LaneRows width={width} />
        <Plot events={events} present={present} span={span} width={width} hatching={hatching} />
        <Moment x={timeScale(span, width)(present.now)} label={t('now')} />
      </svg>
      <Markers markers={markers} width={width} active={active} onActive={setActive} />
      {tipped && <MarkerTip marker={tipped} width={width} />}
    </div>
  );
}

function Plot({
  events,
  present,
  span,
  width,
  hatching,
}: SessionChartProps & { width: number; hatching: string }) {
  const x = timeScale(span, width);
  const all = livesOf(events, present);
  const lives = clipped(all, span);
  const ticks = durationTicks(Math.max(0, ...lives.map(({ from, expiresAt }) => expiresAt - from)), 4).at;
  const y = (seconds: number) => BOTTOM - (seconds / (ticks.at(-1) ?? 1)) * PLOT_HEIGHT;
  const outlook = outlookOf(all.at(-1), present.now, span.to);
  return (
    <>
      <TimeAxis span={span} width={width} x={x} />
      {lives.length > 0 && <LengthAxis ticks={ticks} width={width} y={y} />}
      <OfflineBands
        spans={clipped(offlineSpans(events, present.now), span)}
        x={x}
        fill={`url(#${hatching})`}
      />
      <Lives lives={lives} x={x} y={y} />
      {outlook && <Outlook life={outlook} x={x} y={y} />}
      {within(events, span)
        .filter(({ kind }) => MOMENTS.has(kind))
        .map(({ at, kind }) => (
          <Moment key={`${at} ${kind}`} x={x(at)} />
        ))}
    </>
  );
}

/** What is to come of the last life, if it is the present one. */
function outlookOf(life: Life | undefined, now: number, until: number): Life | null {
  if (!life || life.to < now || life.expiresAt <= now) return null;
  return { ...life, from: now, to: Math.min(life.expiresAt, until) };
}
