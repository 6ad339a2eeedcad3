/** Numbers and times as people read them, in the language of the page. Times are in the viewer's zone; UTC is in their title. */
import { formatNumber, formatTime, isOne } from './intl.ts';
import { language } from './words.ts';

const MINUS = '−';

/** Formatters are made as they are first used: those of every case while there is time, before it is there. */
export function warmFormats(): void {
  for (const digits of [undefined, 2, 3, 9]) number(0, digits);
  percent(0, 0);
  const now = new Date();
  moment(now.toISOString(), now);
  moment(new Date(now.getFullYear() - 1, 0).toISOString(), now);
  isOne(1, language.value);
}

/** 0.802: three digits, as every score is shown. */
export function score(value: number): string {
  return number(value, 3);
}

/** 0.802483201: all that is stored. */
export function exact(value: number): string {
  return number(value, 9);
}

/** +0.515, −0.003: the sign is part of the meaning. */
export function signed(value: number, digits = 3): string {
  const text = number(Math.abs(value), digits);
  return `${value < 0 ? MINUS : '+'}${text}`;
}

export function number(value: number, digits?: number): string {
  const fixed = digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return formatNumber(value, language.value, fixed).replace('-', MINUS);
}

/** 68.8%. */
export function percent(value: number, digits = 1): string {
  return formatNumber(value, language.value, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** 267 kB. */
export function bytes(value: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return formatNumber(value / 1000 ** step, language.value, {
    style: 'unit',
    unit: units[step]!,
    unitDisplay: 'short',
    maximumFractionDigits: step === 0 ? 0 : 1,
  });
}

/** 6 May 13:26; with the year where it is not the present one. */
export function moment(at: string, now = new Date()): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  return formatTime(time, dateLocale(), {
    day: 'numeric',
    month: 'short',
    ...(time.getFullYear() !== now.getFullYear() && { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });
}

/** 6 May 2025. */
export function day(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  return formatTime(time, dateLocale(), { day: 'numeric', month: 'short', year: 'numeric' });
}

/** 09:28. */
export function clock(at: string): string {
  return formatTime(new Date(at), dateLocale(), { hour: '2-digit', minute: '2-digit', hour12: false });
}

/** 2025-05-06 13:26:05 UTC: for a title, and for who compares with a log. */
export function utc(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Days first in English as well: 6 May, not May 6. */
function dateLocale(): string {
  return language.value === 'en' ? 'en-GB' : language.value;
}

/** 3 h, 2 days: a length of so many seconds. */
export function unitOf(seconds: number): string {
  const units = [
    ['second', 1],
    ['minute', 60],
    ['hour', 3_600],
    ['day', 86_400],
  ] as const;
  const [unit, size] = units.findLast(([, one]) => Math.abs(seconds) >= 2 * one) ?? units[0];
  return formatNumber(seconds / size, language.value, {
    ...{ style: 'unit', unit, unitDisplay: 'long' },
    maximumFractionDigits: 1,
  });
}

/** 4 h, 2 d: how long there is left. */
export function hoursLeft(hours: number): string {
  const [value, unit] = hours < 36 ? [Math.max(0, hours), 'hour'] : [hours / 24, 'day'];
  return formatNumber(Math.round(value), language.value, { style: 'unit', unit, unitDisplay: 'narrow' });
}

/** `7 days`, as a pack says it, in the language of the page; steps are counted in no time, and stay as they are. */
export function lengthOf(text: string): string {
  const [, count, unit] = /^(\d+) (second|minute|hour|day)s?$/.exec(text) ?? [];
  return unit === undefined
    ? text
    : formatNumber(Number(count), language.value, { style: 'unit', unit, unitDisplay: 'long' });
}
