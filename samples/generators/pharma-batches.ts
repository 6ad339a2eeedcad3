/**
 * A batch on its way through the plant: its steps in planned order, the entries made about them, and the peculiarities of
 * a paper-and-people process (late entries, repeats, corrections, swapped steps, nights).
 */
import { type Entry, riskOf, riskOfChange } from './pharma-entries.ts';
import { type Equipment, type Line, type Product, products, type Step } from './pharma-plant.ts';
import { checkerOf, countWork, isNight, operatorAt, overlapOf, type Rota } from './pharma-shifts.ts';
import type { Random } from './random.ts';

export type Emit = (entry: Entry) => void;

const vagueReasons = ['', 'other', 'see logbook'];
const clearReasons = [
  'typing error corrected',
  'result of second-person review',
  'unit corrected',
  'attachment added',
];

/** Emits all the entries of one batch begun at a second. */
export function runBatch(
  random: Random,
  line: Line,
  rota: Rota,
  batch: string,
  start: number,
  emit: Emit,
): void {
  const product = random.pick(products);
  const units = new Map<string, Equipment>();
  let free = start;
  let swapped = false;
  for (const [index, step] of product.route.entries()) {
    const slow = random.chance(0.045) ? random.between(2, 7) : 1;
    const wait = step.usualWaitMinutes * random.lognormal(slow, 0.35);
    // A swapped step is done before the one planned ahead of it, most often one that may be.
    const early: boolean = !swapped && index > 1 && random.chance(step.movable ? 0.12 : 0.01);
    swapped = early;
    const previousMinutes = product.route[index - 1]?.usualMinutes ?? 0;
    const begin = Math.floor(
      early ? free - (previousMinutes + step.usualMinutes + 20) * 60 : free + wait * 60,
    );
    const unit = units.get(step.name) ?? random.pick(line.equipment.get(step.name)!);
    const context = { random, line, rota, batch, product, step, sequence: index + 1, unit };
    const waited = early ? 1 : wait / step.usualWaitMinutes;
    const end = runStep(context, begin, waited, early, 'none', emit);
    free = Math.max(free, end);
    if (random.chance(0.025)) {
      const repeat = random.chance(0.6) ? 'planned' : 'unplanned';
      free = runStep(context, free + random.integer(20, 90) * 60, 1, false, repeat, emit);
    }
  }
}

interface StepContext {
  readonly random: Random;
  readonly line: Line;
  readonly rota: Rota;
  readonly batch: string;
  readonly product: Product;
  readonly step: Step;
  readonly sequence: number;
  readonly unit: Equipment;
}

function runStep(
  context: StepContext,
  begin: number,
  waited: number,
  outOfOrder: boolean,
  repeat: 'none' | 'planned' | 'unplanned',
  emit: Emit,
): number {
  const { random, line, rota, unit, step, product } = context;
  const operator = operatorAt(random, line, begin);
  const workload = countWork(rota, operator, begin);
  const today = Math.floor(begin / 86_400);
  const calibrationDays = (today + unit.phaseDays) % unit.calibrationDays;
  const position = random.normal() * (0.27 + 0.06 * product.difficulty) + unit.driftPerDay * calibrationDays;
  const minutes = Math.max(
    2,
    Math.round(step.usualMinutes * random.lognormal(1 - 0.04 * operator.skill, 0.14)),
  );
  const end = begin + minutes * 60;
  const overlap = step.manual ? overlapOf(rota, operator, begin, end) : 0;
  const checker = checkerOf(random, line, operator, end);
  const night = isNight(begin);
  const outage = rota.isOutage(line.site, end);
  const late = outage || random.chance(operator.lateness * (night ? 1.6 : 1));
  const lateSeconds = late ? random.between(1.5, 26) * 3600 : random.lognormal(420, 0.8);
  const recordedAt = Math.floor(end + lateSeconds);
  const circumstances = {
    step,
    position,
    night,
    workload,
    skill: operator.skill,
    overlap,
    selfChecked: checker === operator,
    waited,
    outage,
    outOfOrder,
    repeat,
  };
  const calibrationAge = calibrationDays / unit.calibrationDays;
  const lateHours = lateSeconds / 3600;
  const risk = riskOf({ ...circumstances, calibrationAge, lateHours, difficulty: product.difficulty });
  const entry: Entry = {
    ...pickContext(context),
    operator,
    checker,
    auditTrail: !rota.isServiced(unit.id, recordedAt),
    performedAt: begin,
    recordedAt,
    calibratedDay: today - calibrationDays,
    minutes,
    position,
    type: 'create',
    reason: repeat === 'planned' ? 'planned rework' : '',
    status: 'completed',
    risk,
  };
  if (repeat === 'none' && !late && random.chance(0.12)) emitInTwo(random, entry, emit);
  else emit(entry);
  changeLater(entry, position, context, emit);
  return end;
}

function pickContext({ batch, product, step, sequence, unit, line }: StepContext) {
  return { batch, product, step, sequence, equipment: unit, site: line.site };
}

/** Opened when the step begins and completed when it ends: a change that is no correction. */
function emitInTwo(random: Random, entry: Entry, emit: Emit): void {
  const opened = entry.performedAt + random.integer(30, 240);
  const unknown = {
    ...{ minutes: null, position: null, checker: null },
    ...{ status: 'in_progress' as const, risk: 0.002 },
  };
  emit({ ...entry, ...unknown, recordedAt: Math.min(opened, entry.recordedAt) });
  emit({ ...entry, type: 'modify', reason: 'step completed' });
}

/** Corrections after completion, honest or not; who has a doubtful reading corrects it more often. */
function changeLater(entry: Entry, position: number, context: StepContext, emit: Emit): void {
  const { random } = context;
  const doubtful = Math.abs(position) > 0.55;
  if (!random.chance(doubtful ? 0.14 : 0.055)) return;
  const recordedAt = entry.recordedAt + Math.floor(random.lognormal(5 * 3600, 1.1));
  const vague = random.chance(doubtful ? 0.45 : 0.3);
  const operator = random.chance(0.7) ? entry.operator : operatorAt(random, context.line, recordedAt);
  // Serviced by chance; or switched off for the purpose.
  const hidden = doubtful && vague && random.chance(0.1);
  const auditTrail = !hidden && !context.rota.isServiced(entry.equipment.id, recordedAt);
  emit({
    ...entry,
    operator,
    checker: checkerOf(random, context.line, operator, recordedAt),
    auditTrail,
    recordedAt,
    position: random.chance(0.5) ? position * random.between(0.5, 0.95) : position,
    type: random.chance(0.06) ? 'delete' : 'modify',
    reason: random.pick(vague ? vagueReasons : clearReasons),
    risk: riskOfChange({ position, vague, night: isNight(recordedAt), auditTrail }),
  });
}
