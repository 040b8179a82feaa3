// Numbers in words: counts, times, ages.

/** `1 row`, `2 rows`. */
export function counted(count: number | bigint, singular: string, plural = `${singular}s`): string {
  return `${count} ${Number(count) === 1 ? singular : plural}`;
}

/** `0.4 ms`, `41 ms`, `2.3 s`. */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `now`, `12 s`, `3 min`, `5 h`, `2 d`: how long ago. */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return 'now';
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** CLOCK_REALTIME nanoseconds as ISO 8601. */
export function isoTime(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString();
}

/** In the time zone of whoever looks: `15:02:11`, and `2026-11-25 15:02:11` of another day than today. CLOCK_REALTIME milliseconds. */
export function whenText(timeMs: number, nowMs: number): string {
  const [day, time] = localTime(timeMs);
  return day === localTime(nowMs)[0] ? time : `${day} ${time}`;
}

function localTime(ms: number): readonly [day: string, time: string] {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return [
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
  ];
}
