import { area, line } from 'd3-shape';
import { useTranslation } from 'react-i18next';
import { locale } from '../../i18n';
import { LANES } from './event';
import {
  AXIS,
  BOTTOM,
  GUTTER,
  LANE_HEIGHT,
  LANES_TOP,
  MARGIN,
  PLOT_HEIGHT,
  type TimeScale,
  TOP,
} from './layout';
import type { Life, Span } from './life';
import { lengthLabel, tickLabel, timeTicks, wallOffset } from './ticks';

/** What a time's label needs, in pixels. */
const LABEL_WIDTH = 76;

/** Lives that are narrower, in pixels, are a surface and no lines any more. */
const DENSE = 5;

/** Where a length of time is, in pixels from the top. */
export type LengthScale = (seconds: number) => number;

type Point = [number, number];

/** The names of the rows, each on its own ground. */
export function LaneRows({ width }: { width: number }) {
  const { t } = useTranslation('timeline');
  return LANES.map((lane, row) => {
    const y = LANES_TOP + row * LANE_HEIGHT;
    return (
      <g key={lane}>
        <line
          x1={GUTTER}
          x2={width - MARGIN}
          y1={y + LANE_HEIGHT / 2}
          y2={y + LANE_HEIGHT / 2}
          className="stroke-line"
        />
        <text x={0} y={y + LANE_HEIGHT / 2} dominantBaseline="central" className="fill-ink-soft">
          {t(`lanes.${lane}`)}
        </text>
      </g>
    );
  });
}

export function TimeAxis({ span, width, x }: { span: Span; width: number; x: TimeScale }) {
  const most = Math.max(Math.floor((width - GUTTER - MARGIN) / LABEL_WIDTH), 1);
  const { step, at } = timeTicks(span, most, wallOffset(span.to));
  const fits = (tick: number) => x(tick) > GUTTER + LABEL_WIDTH / 3 && x(tick) < width - LABEL_WIDTH / 3;
  return at.map((tick) => (
    <g key={tick}>
      <line x1={x(tick)} x2={x(tick)} y1={TOP} y2={AXIS} className="stroke-line" strokeDasharray="2 3" />
      {fits(tick) && (
        <text x={x(tick)} y={AXIS + 16} textAnchor="middle" className="fill-ink-soft">
          {tickLabel(tick, step, locale())}
        </text>
      )}
    </g>
  ));
}

export function LengthAxis({ ticks, width, y }: { ticks: readonly number[]; width: number; y: LengthScale }) {
  return ticks.map((tick) => (
    <g key={tick}>
      <line x1={GUTTER} x2={width - MARGIN} y1={y(tick)} y2={y(tick)} className="stroke-line" />
      {tick > 0 && (
        <text x={0} y={y(tick)} dominantBaseline="central" className="fill-ink-soft">
          {lengthLabel(tick, locale())}
        </text>
      )}
    </g>
  ));
}

/** Runs down from what a token had left when it came, and jumps with the next one. */
export function Lives({ lives, x, y }: { lives: readonly Life[]; x: TimeScale; y: LengthScale }) {
  return chained(lives).map((chain) => {
    const points = chain.flatMap((life) => pointsOf(life, x, y));
    const isDense = (x(chain.at(-1)?.to ?? 0) - x(chain[0]?.from ?? 0)) / chain.length < DENSE;
    return (
      <g key={chain[0]?.from} data-testid="life">
        <path d={area<Point>().y0(BOTTOM)(points) ?? undefined} className="fill-accent" opacity="0.18" />
        <path
          d={line<Point>()(points) ?? undefined}
          className="fill-none stroke-accent"
          strokeWidth={isDense ? 0.5 : 1.75}
          opacity={isDense ? 0.4 : 1}
          strokeLinejoin="round"
        />
      </g>
    );
  });
}

/** Those that follow each other without a gap, together. */
function chained(lives: readonly Life[]): Life[][] {
  const chains: Life[][] = [];
  for (const life of lives) {
    const chain = chains.at(-1);
    if (chain?.at(-1)?.to === life.from) chain.push(life);
    else chains.push([life]);
  }
  return chains;
}

/** What becomes of the present token if nobody renews it. */
export function Outlook({ life, x, y }: { life: Life; x: TimeScale; y: LengthScale }) {
  return (
    <path
      d={line<Point>()(pointsOf(life, x, y)) ?? undefined}
      className="fill-none stroke-accent"
      strokeWidth="1.5"
      strokeDasharray="3 4"
    />
  );
}

function pointsOf({ from, to, expiresAt }: Life, x: TimeScale, y: LengthScale): Point[] {
  return [from, to].map((at): Point => [x(at), y(expiresAt - at)]);
}

export function OfflineBands({ spans, x, fill }: { spans: readonly Span[]; x: TimeScale; fill: string }) {
  return spans.map(({ from, to }) => (
    <rect
      key={from}
      x={x(from)}
      width={Math.max(x(to) - x(from), 2)}
      y={TOP}
      height={PLOT_HEIGHT}
      fill={fill}
      data-testid="offline"
    />
  ));
}

/** A moment that matters to all of the chart. */
export function Moment({ x, label }: { x: number; label?: string }) {
  return (
    <>
      <line
        x1={x}
        x2={x}
        y1={TOP - 4}
        y2={AXIS}
        className="stroke-ink-soft"
        strokeDasharray={label ? undefined : '1 4'}
      />
      {label && (
        <text x={x} y={TOP - 9} textAnchor="middle" className="fill-ink-soft font-medium">
          {label}
        </text>
      )}
    </>
  );
}
