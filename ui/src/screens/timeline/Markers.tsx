import { type KeyboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EventIcon, TONES } from './EventIcon';
import { gravest, NATURES } from './event';
import { HEIGHT, MARKER_RADIUS, type Marker, neighbour } from './layout';
import { type EventTexts, useEventTexts } from './useEventTexts';

const ICON = 13;
/** As many events of a marker as are told one by one. */
export const NAMED = 5;

interface MarkersProps {
  markers: readonly Marker[];
  width: number;
  /** Of the one whose events are told. */
  active: string | null;
  onActive: (key: string | null) => void;
}

/** One stop for the Tab key; the arrow keys go from event to event, and from row to row. */
export function Markers({ markers, width, active, onActive }: MarkersProps) {
  const { t } = useTranslation('timeline');
  const texts = useEventTexts();
  const list = useRef<HTMLDivElement>(null);
  const [visited, setVisited] = useState<string | null>(null);
  const stop = indexOf(markers, visited) ?? markers.length - 1;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onActive(null);
    const next = neighbour(markers, stop, event.key);
    if (next === null) return;
    event.preventDefault();
    list.current?.querySelectorAll<SVGGElement>('[role="option"]')[next]?.focus();
  };

  if (markers.length === 0) return null;
  return (
    <div
      ref={list}
      role="listbox"
      aria-label={t('events')}
      aria-orientation="horizontal"
      onKeyDown={onKeyDown}
      onBlur={() => onActive(null)}
      className="pointer-events-none absolute inset-0"
    >
      <svg role="presentation" width={width} height={HEIGHT} className="max-w-full">
        {markers.map((marker, index) => (
          <g
            key={marker.key}
            role="option"
            aria-selected={marker.key === active}
            aria-label={nameOf(marker, texts, t('several', { count: marker.events.length }))}
            tabIndex={index === stop ? 0 : -1}
            data-testid="marker"
            data-kind={gravest(marker.events)?.kind}
            onFocus={() => {
              setVisited(marker.key);
              onActive(marker.key);
            }}
            onPointerEnter={() => onActive(marker.key)}
            className="group pointer-events-auto outline-none"
          >
            <Figure marker={marker} isActive={marker.key === active} />
          </g>
        ))}
      </svg>
    </div>
  );
}

function Figure({ marker: { events, x, y }, isActive }: { marker: Marker; isActive: boolean }) {
  const worst = gravest(events);
  if (!worst) return null;
  const { text, fill } = TONES[NATURES[worst.kind].tone];
  return (
    <g className={text}>
      {/* Outlines of SVG elements are not drawn everywhere. */}
      <circle
        cx={x}
        cy={y}
        r={MARKER_RADIUS + 3}
        strokeWidth="2"
        className="fill-card stroke-accent opacity-0 group-focus-visible:opacity-100"
      />
      <circle
        cx={x}
        cy={y}
        r={MARKER_RADIUS}
        stroke="currentColor"
        strokeWidth={isActive ? 2 : 1}
        className={fill}
      />
      <EventIcon kind={worst.kind} x={x - ICON / 2} y={y - ICON / 2} size={ICON} />
      {events.length > 1 && (
        <Count count={events.length} x={x + MARKER_RADIUS - 2} y={y - MARKER_RADIUS + 1} />
      )}
    </g>
  );
}

function Count({ count, x, y }: { count: number; x: number; y: number }) {
  const label = count > 99 ? '99+' : String(count);
  const width = 8 + 6 * label.length;
  return (
    <g className="text-[0.625rem] tabular-nums">
      <rect x={x - width / 2} y={y - 7} width={width} height={14} rx={7} className="fill-ink" />
      <text x={x} y={y} textAnchor="middle" dominantBaseline="central" className="fill-card font-semibold">
        {label}
      </text>
    </g>
  );
}

function nameOf({ events }: Marker, texts: EventTexts, several: string): string {
  const lines = events.slice(0, NAMED).map(texts.line);
  return events.length > 1 ? `${several}: ${lines.join('; ')}` : lines.join();
}

function indexOf(markers: readonly Marker[], key: string | null): number | null {
  const index = markers.findIndex((marker) => marker.key === key);
  return index < 0 ? null : index;
}
