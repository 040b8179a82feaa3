// The dashboard is held to the metrics: what it asks for is there with these labels, and what is there is on it or left out on purpose.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type MetricFamily, metricFamilies } from '../../../src/cli/surface/metric-families.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const text = readFileSync(new URL('../../../share/grafana/trueingress.json', import.meta.url), 'utf8');
const dashboard: Dashboard = JSON.parse(text);
const families: Readonly<Record<string, MetricFamily>> = metricFamilies;

const expressions = [
  ...dashboard.panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
  ...dashboard.templating.list.flatMap(({ definition }) => definition ?? []),
];

/** Of no use as a line: when something began, whether a scrape was whole, what it left out, how many hooks are as they should be. */
const leftOut = [
  'trueingress_start_time_seconds',
  'trueingress_kernel_readable',
  'trueingress_series_left_out',
  'trueingress_hooks',
];

/** `{name, labels that it is asked by}`, histograms by the name of their family. */
function asked(expression: string): { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expression.matchAll(/\b((?:trueingress|process)_[a-z0-9_]+)(\{[^}]*\})?/g)].map(
    ([, name = '', selector = '']) => ({
      name: name in families ? name : name.replace(/_(bucket|sum|count)$/, ''),
      labels: [...selector.matchAll(/(\w+)=/g)].map(([, label = '']) => label),
    }),
  );
}

describe('share/grafana/trueingress.json', () => {
  test('asks for metrics that exist, by labels that they have', () => {
    const wrong = expressions.flatMap(asked).filter(({ name, labels }) => {
      const family = families[name];
      const has = new Set(['job', 'instance', ...(family?.labels ?? [])]);
      return !family || !labels.every((label) => has.has(label));
    });
    expect(wrong).toEqual([]);
    expect(expressions.flatMap(asked).length).toBeGreaterThan(30);
  });

  test('sums by labels that one of its metrics has', () => {
    const wrong = expressions.flatMap((expression) => {
      const has = new Set([
        'le',
        'job',
        'instance',
        ...asked(expression).flatMap(({ name }) => families[name]?.labels ?? []),
      ]);
      const wanted = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/,\s*/));
      return wanted.filter((name) => !has.has(name)).map((name) => `${name}: ${expression}`);
    });
    expect(wrong).toEqual([]);
  });

  test('shows every metric that is not left out on purpose', () => {
    const shown = new Set(expressions.flatMap(asked).map(({ name }) => name));
    expect(
      Object.keys(families)
        .filter((name) => !shown.has(name))
        .sort(),
    ).toEqual([...leftOut].sort());
  });

  test('takes rates of counters, and of nothing else', () => {
    const wrong = expressions.filter((expression) =>
      [...expression.matchAll(/\b(rate|increase)\(([a-z_]+)/g)].some(
        ([, , name = '']) => families[name.replace(/_bucket$/, '')]?.type === 'gauge',
      ),
    );
    const bare = expressions.filter(
      (expression) => /_total/.test(expression) && !/\b(rate|increase)\(/.test(expression),
    );
    expect([...wrong, ...bare]).toEqual([]);
  });

  test('has panels that do not lie on one another, each with an id of its own', () => {
    const overlaps = dashboard.panels.flatMap((one, at) =>
      dashboard.panels.slice(at + 1).filter((other) => {
        const [a, b] = [one.gridPos, other.gridPos];
        return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
      }),
    );
    expect(overlaps.map(({ title }) => title)).toEqual([]);
    expect(dashboard.panels.every(({ gridPos }) => gridPos.x + gridPos.w <= 24)).toBe(true);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('metrics', () => {
  test('have names as Prometheus asks: a unit, and _total on counters alone', () => {
    const wrong = Object.entries(families).filter(
      ([name, { type }]) =>
        name.endsWith('_total') !== (type === 'counter') || /_(ms|milliseconds|minutes)\b/.test(name),
    );
    expect(wrong).toEqual([]);
  });

  test('have a help text that is a sentence', () => {
    expect(Object.values(families).filter(({ help }) => !/^[A-Z0-9].*\.$/.test(help))).toEqual([]);
  });
});
